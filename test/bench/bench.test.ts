/** The benchmark runs without its optional peers, says so row by row, and compares what everyone answers. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compare } from '../../bench/compare.ts';
import { figures } from '../../bench/figures.ts';
import { flatten } from '../../bench/flat.ts';
import { terminal } from '../../bench/report.ts';
import type { Performance } from '../../bench/result.ts';
import type { Measured } from '../../bench/rounds.ts';
import { unpack } from '../../tools/file/unpack.ts';

function bench(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, SNN_BENCH_PYTHON: 'no-such-python', CC: 'no-such-compiler' };
  const run = spawnSync(process.execPath, ['dist/bench/main.js', ...args], { env, maxBuffer: 1 << 26 });
  return { code: run.status, stdout: run.stdout.toString(), stderr: run.stderr.toString() };
}

describe('npm run bench', () => {
  const { code, stdout, stderr } = bench('--quick', '--only', 'mnist,mnist-single', '--json');
  const run = JSON.parse(stdout) as Performance;
  const [bursts, single] = run.trials;
  const row = (id: string) => bursts?.rows.find((r) => r.id === id);

  test('times every contestant that is here, and compares its answers', () => {
    expect(stderr).toBe('');
    expect(code).toBe(0);
    for (const id of ['engine-simd', 'engine-mvp', 'scatter', 'dense', 'onnx-web-fp32', 'onnx-web-int8']) {
      expect(row(id)?.warm?.median, id).toBeGreaterThan(0);
      expect(row(id)?.cold?.median, id).toBeGreaterThan(0);
      expect(bursts?.agreement.find((a) => a.id === id)?.ok, id).toBe(true);
    }
    expect(row('wasmtime-simd')?.warm?.median).toBeGreaterThan(0);
    const evidence = (id: string) => bursts?.agreement.find((a) => a.id === id)?.evidence;
    expect(['engine-mvp', 'scatter', 'dense', 'onnx-web-fp32'].map(evidence)).toEqual([1, 1, 1, 1]);
    expect(single?.agreement.find((a) => a.id === 'scatter')?.evidence).toBe(1);
    expect(single?.steps).toBe(8);
  });

  test('leaves no row out for want of a peer', () => {
    expect(row('onnx-int8-1')?.missing).toMatch(/no-such-python/);
    expect(row('native')?.missing).toBe('no C compiler (Debian: gcc)');
    expect(single?.rows.find((r) => r.id === 'snntorch-64')?.missing).toMatch(/no-such-python/);
    expect(terminal(run, figures(run))).toMatch(/the same kernels in C +– .*no C compiler/);
  });

  test.each([
    [['--only', 'nonsense'], /^bench: --only nonsense: no such network; .*--help lists them\n$/],
    [['--rounds', '0'], /^bench: --rounds: give a whole number from 1; .*\n$/],
  ])('%j is refused in one line', (args, message) => {
    const refused = bench(...args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(message);
  });
});

describe('comparison', () => {
  const measured = (id: string, evidence: number[][]): Measured => ({
    row: { id, name: id, version: '', batch: 1 },
    first: { ms: [], evidence, answers: evidence.map((e) => e.indexOf(Math.max(...e))) },
  });
  const truth = measured('engine-simd', [
    [3, 9, 1],
    [7, 2, 5],
    [1, 2, 3],
  ]);
  const one = (id: string, evidence: number[][], isAnn = true) =>
    compare([truth, measured(id, evidence)], isAnn)[1];

  test('asks for every bit of those who count in whole numbers', () => {
    const wrong = [
      [3, 9, 1],
      [7, 2, 6],
      [1, 2, 3],
    ];
    expect(one('scatter', truth.first?.evidence as number[][])).toMatchObject({ evidence: 1, ok: true });
    expect(one('scatter', wrong)).toMatchObject({ evidence: 2 / 3, answers: 1, ok: false });
    expect(one('onnx-fp32-1', wrong)?.ok).toBe(false);
    expect(one('onnx-int8-1', wrong)).toMatchObject({ required: 'most answers', ok: true });
  });

  test('asks nothing of an ANN about another network', () => {
    const other = [
      [9, 1, 1],
      [1, 1, 9],
      [9, 1, 1],
    ];
    expect(one('onnx-int8-1', other)?.ok).toBe(false);
    expect(one('onnx-int8-1', other, false)).toMatchObject({ required: 'nothing', ok: true });
  });
});

test('a network that not all contestants can run is refused by name', () => {
  const model = unpack(readFileSync('models/mnist.snn'), 'mnist');
  expect(() => flatten({ ...model, timing: 'pipelined' })).toThrow(/mnist: is pipelined/);
  expect(flatten(model).length).toBeGreaterThan(70000);
});
