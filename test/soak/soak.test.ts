/** A short soak, and that growth and changed answers would be seen; `npm run soak` is the long one. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { Memory } from './memory.ts';

test('answers stay, and so does memory', () => {
  const args = ['--classifications', '5000', '--loads', '60', '--networks', '16', '--rounds', '10', '--json'];
  const run = spawnSync(process.execPath, ['test/soak/run.mjs', ...args], { encoding: 'utf8' });
  expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
  const all = JSON.parse(run.stdout) as { what: string; times: number }[];
  expect(all.map(({ what, times }) => `${times} ${what}`)).toEqual([
    '5000 classifications in Node',
    '60 loads in Node',
    '10 rounds of 16 networks in threads',
    '5000 classifications under wasmtime',
    '60 loads under wasmtime',
  ]);
});

test('memory that grows is told, and what grows at the start only is not', () => {
  const look = (bytes: (turn: number) => number): Memory => {
    let turn = 0;
    const memory = new Memory(100, () => bytes(turn));
    for (turn = 1; turn <= 100; turn++) memory.look(turn);
    return memory;
  };
  expect(() => look((turn) => turn * 2 ** 20).figures()).toThrow('memory grew from');
  expect(look((turn) => Math.min(turn, 10) * 2 ** 26).figures()).toEqual({
    settled: 10 * 2 ** 26,
    most: 10 * 2 ** 26,
  });
  expect(() => new Memory(100, () => 1).figures()).toThrow('too few turns');
});

test('an argument that is no number is usage', () => {
  const run = spawnSync(process.execPath, ['test/soak/run.mjs', '--loads', '1e3'], { encoding: 'utf8' });
  expect({ status: run.status, stdout: run.stdout }).toEqual({ status: 1, stdout: '' });
  expect(run.stderr).toMatch(/^soak: --loads 1e3: [^\n]+\n$/);
});
