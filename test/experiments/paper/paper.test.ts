/** `npm run paper` on the smallest network: every way stands in the table, the early exit alone among them. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const PROGRAM = 'dist/experiments/paper/print-paper.js';

function paper(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

test('both kinds of pools, each exit alone, α in four ways', { timeout: 120_000 }, () => {
  const few = ['--limit', '500', '--test-limit', '500', '--steps', '24'];
  const { code, stdout } = paper('models/mnist-tiny.onnx', ...few, '--json');
  expect(code).toBe(0);
  const { train, test: tested, lines } = JSON.parse(stdout);
  expect([train, tested]).toEqual([500, 500]);
  const ways = [
    'exit 1 alone',
    'final exit alone',
    ...['grid', 'empirical', 'grid-all', 'likelihood'].map((m) => `fused, α by ${m}`),
  ];
  expect(lines.map((l: { pools: string; way: string }) => [l.pools, l.way])).toEqual(
    ['map', 'means'].flatMap((pools) => ways.map((way) => [pools, way])),
  );
  for (const { way, ann, steps, saved } of lines) {
    expect(ann).toBeGreaterThan(0.9);
    // A higher share is never reached earlier, and nothing is read in the first step.
    const reached = Object.values(steps).filter((s) => s !== null) as number[];
    expect(reached).toEqual([...reached].sort((a, b) => a - b));
    expect(Math.min(...reached, 2)).toBe(2);
    if (way === 'final exit alone') expect([saved, steps['0.9'] > 2]).toEqual([null, true]);
  }
});

test.each([
  [['no.onnx'], 2, /^paper: no\.onnx: [^\n]+\n$/],
  [['--steps', '1'], 1, /--steps/],
  [['README.md'], 2, /README\.md/],
])('%s is refused', (args, code, line) => {
  const run = paper(...args, '--limit', '500', '--test-limit', '500');
  expect([run.code, run.stdout]).toEqual([code, '']);
  expect(run.stderr).toMatch(line);
});
