/** A short run of every fuzz target, and that a finding is told and kept; the long runs are `npm run fuzz` and `npm run fuzz:c`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';
import { Absent, type Target } from './target.ts';
import { TARGETS } from './targets.ts';

/** About five seconds each. */
const EXECUTIONS: Record<string, number> = {
  models: 400,
  pictures: 1500,
  arrays: 1500,
  onnx: 1000,
  shards: 2000,
  wasi: 800,
  'c-host': 60,
  uart: 40,
  board: 150,
};
const MISSING = 3;
const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each(TARGETS)('$name', async (target) => {
  const [figures] = await fuzz([target], { executions: EXECUTIONS[target.name] as number, seed: 1 }, folder);
  expect(figures?.findings).toEqual([]);
  if (figures?.absent !== undefined && !process.env.CI) return;
  expect(figures?.executions).toBe(EXECUTIONS[target.name]);
  // A fuzz that reaches one side only says nothing of the other.
  const verdicts = Object.keys(figures?.verdicts ?? {});
  expect(verdicts).toContain('accepted');
  expect(verdicts.length).toBeGreaterThan(1);
});

describe('a finding', () => {
  const target = (run: Target['run']): Target => {
    return { name: 'made-up', make: (r) => Uint8Array.of(r.int(0, 255), 7), run };
  };

  test('is told with its seed and its input, and the rest goes on', async () => {
    const odd = target(([byte]) => {
      if ((byte as number) % 2 === 1) throw new Error('odd');
      return 'accepted';
    });
    const [figures] = await fuzz([odd], { executions: 12, seed: 5 }, folder);
    const [first] = figures?.findings ?? [];
    if (first === undefined) throw new Error('nothing found');
    const [again] = await fuzz([odd], { executions: 1, seed: first.seed }, folder);
    expect(again?.findings).toEqual([first]);
    expect(readFileSync(first.file)[0]).toBe((readFileSync(first.file)[0] as number) | 1);
    expect(figures?.executions).toBe(12);
    expect((figures?.verdicts.accepted ?? 0) + (figures?.findings.length ?? 0)).toBe(12);
  });

  test('is what takes too much memory', async () => {
    const kept: Uint8Array[] = [];
    const greedy = target(() => {
      if (kept.length === 1) kept.push(new Uint8Array(4e8).fill(1));
      else kept.push(new Uint8Array(1));
      return 'accepted';
    });
    const [figures] = await fuzz([greedy], { executions: 3, seed: 1 }, folder);
    expect(figures?.findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/bytes until "accepted"/),
    ]);
  });

  test('is none where a program is missing: that is said', async () => {
    const absent = target(() => {
      throw new Absent('install it');
    });
    const [figures] = await fuzz([absent], { executions: 3, seed: 1 }, folder);
    expect(figures).toMatchObject({ executions: 0, findings: [], absent: 'install it' });
  });
});

test('npm run fuzz says its figures in JSON, and what it does not know', () => {
  const run = (...args: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, ['test/fuzz/run.mjs', ...args], { encoding: 'utf8' });
  const { status, stdout } = run('--target', 'shards', '--executions', '20', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(String(stdout))).toMatchObject({
    seed: 1,
    targets: [{ target: 'shards', executions: 20 }],
  });
  for (const args of [['--target', 'what'], ['--minutes', '0'], ['--executions', '1e3'], ['--what']]) {
    const wrong = run(...args);
    expect({ status: wrong.status, stdout: wrong.stdout }).toEqual({ status: 1, stdout: '' });
    expect(wrong.stderr).toMatch(/^fuzz: [^\n]+\n$/);
  }
});

test('the long run is logged, and docs/safety.md has its sums', () => {
  const log = readFileSync('test/fuzz/c/log.jsonl', 'utf8').trimEnd().split('\n');
  const runs = log.map((line) => JSON.parse(line) as { executions: number; findings: number; seed: number });
  const executions = runs.reduce((n, run) => n + run.executions, 0);
  expect(executions).toBeGreaterThanOrEqual(1e8);
  expect(new Set(runs.map(({ seed }) => seed)).size).toBe(runs.length);
  expect(runs.every(({ findings }) => findings === 0)).toBe(true);
  expect(readFileSync('docs/safety.md', 'utf8')).toContain(`${executions.toLocaleString('en')} executions`);
});

describe('the engine as C under libFuzzer', () => {
  const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ['test/fuzz/c/run.mjs', '--runs', '30000', ...args], { encoding: 'utf8' });

  test('finds nothing, and a byte beside the arena where one is taken away', (context) => {
    const { status, stdout, stderr } = run('--json');
    if (status === MISSING && !process.env.CI) context.skip(stderr.trim());
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { executions, accepted, ran } = JSON.parse(stdout) as Record<string, number>;
    expect(executions).toBeGreaterThanOrEqual(30000);
    expect(accepted).toBeGreaterThan(2000);
    expect(ran).toBeGreaterThan(2000);
    const broken = run('--take-away', '1');
    expect(broken.status).toBe(2);
    expect(broken.stderr).toContain('AddressSanitizer: use-after-poison');
    const [, kept = ''] = /a finding: (\S+);/.exec(broken.stderr) ?? [];
    expect(existsSync(kept)).toBe(true);
    rmSync(kept);
  });
});
