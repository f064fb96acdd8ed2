/** snn run: whatever holds pictures, with names in the answers. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT_DATA, EXIT_IO } from '../../assembly/shared/status.ts';
import type { Dataset } from '../../tools/data/dataset.ts';
import { idxOf, mnistTest } from '../../tools/data/idx.ts';
import { wasmtime } from '../drivers/wasmtime.ts';
import { snn } from './snn.ts';

const MODEL = 'models/mnist.snn';
const COUNT = 3;
let folder: string;
let data: Dataset;
const path = (name: string): string => join(folder, name);
const pixels = (i: number): Uint8Array => data.images.subarray(784 * i, 784 * (i + 1));
const pgm = (i: number): Uint8Array => Buffer.concat([Buffer.from('P5 28 28 255\n'), pixels(i)]);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'run-'));
  data = await mnistTest(COUNT);
  mkdirSync(path('flat'));
  for (let i = 0; i < COUNT; i++) {
    const picture = new PNG({ width: 28, height: 28 });
    pixels(i).forEach((v, p) => {
      picture.data.set([v, v, v, 255], 4 * p);
    });
    writeFileSync(path(`flat/${i}.png`), PNG.sync.write(picture));
  }
  copyFileSync(MODEL, path('model.snn'));
  writeFileSync(path('one.data'), pgm(0));
  writeFileSync(path('all.pgm'), Buffer.concat([pgm(0), pgm(1), pgm(2)]));
  writeFileSync(path('images.idx'), idxOf(data.images, COUNT, 28, 28));
});

afterAll(() => rmSync(folder, { recursive: true }));

function answers(images: string): Record<string, unknown>[] {
  const { code, stdout, stderr } = snn(['run', MODEL, path(images), '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('the keys and values of wasmtime, then the names', () => {
  const inNode = answers('images.idx');
  const { stdout } = wasmtime(folder, 'build/snn.wasm', ['--json', 'model.snn', 'images.idx']);
  const inWasm = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(Object.keys(inNode[0] ?? {})).toEqual([...Object.keys(inWasm[0]), 'label']);
  expect(inNode.map(({ label: _, ...rest }) => rest)).toEqual(inWasm);
  expect(inNode.map((a) => a.label)).toEqual([...data.labels].map(String));
});

test('one picture, whatever its name, a folder of them, and several in one file', () => {
  const want = answers('images.idx').map((a) => a.sops);
  expect(answers('one.data').map((a) => [a.sops, a.file])).toEqual([[want[0], path('one.data')]]);
  expect(answers('flat').map((a) => a.sops)).toEqual(want);
  expect(answers('flat').map((a) => a.file)).toEqual([0, 1, 2].map((i) => path(`flat/${i}.png`)));
  expect(answers('all.pgm').map((a) => a.sops)).toEqual(want);
  const line = snn(['run', MODEL, path('flat/1.png')]).stdout;
  expect(line).toMatch(new RegExp(`^ +0 {2}${data.labels[1]} .* % {2}${path('flat/1.png')}\n$`));
});

test('nothing left, nothing there, nowhere to write', () => {
  const skipped = snn(['run', MODEL, path('images.idx'), '--skip', '3']);
  expect(skipped).toMatchObject({ code: EXIT_DATA, stdout: '' });
  expect(skipped.stderr).toContain('images.idx: no images left after --skip 3; skip fewer');
  for (const args of [
    ['run', MODEL, 'nowhere'],
    ['eval', MODEL, '--images', 'nowhere'],
    ['inspect', MODEL, '--data', 'nowhere'],
    ['tune', MODEL, '-o', path('x.snn'), '--images', 'nowhere'],
    ['convert', 'models/mnist.onnx', '-o', path('x.snn'), '--images', 'nowhere'],
  ])
    expect(snn(args)).toEqual({
      code: EXIT_DATA,
      stdout: '',
      stderr: 'snn: nowhere: no such file; check the path\n',
    });
  const command = `node dist/tools/cli.js run ${MODEL} ${path('images.idx')} > /dev/full`;
  const full = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
  expect(full.status).toBe(EXIT_IO);
  expect(full.stderr).toBe('snn: standard output: cannot be written (ENOSPC); free some disk space\n');
});
