/** The same sources in another folder give the same modules, and the tools of either folder the same model, to the byte. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { slice } from '../tools/data/dataset.ts';
import { idxOf, labelsIdxOf, mnist } from '../tools/data/idx.ts';

const PARTS = [
  'assembly',
  'host',
  'tools',
  'setup.mjs',
  'asconfig.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];
const IMAGES = 200;

const folder = mkdtempSync(join(tmpdir(), 'reproducible-'));
afterAll(() => rmSync(folder, { recursive: true }));
const other = join(folder, 'a longer name, with blanks');

function node(cwd: string, args: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, SNN_DEBUG: '' },
  });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
}

beforeAll(() => {
  mkdirSync(other);
  for (const part of PARTS) cpSync(part, join(other, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(other, 'node_modules'), 'junction');
  node(other, ['setup.mjs']);
});

test('every module', () => {
  const modules = readdirSync('build').filter((name) => name.endsWith('.wasm'));
  expect(modules).toHaveLength(4);
  for (const name of modules)
    expect(
      Buffer.compare(readFileSync(join('build', name)), readFileSync(join(other, 'build', name))),
      name,
    ).toBe(0);
});

test('a converted model, the images in another place too', async () => {
  const data = slice(await mnist('train'), 55_000, IMAGES);
  const made = ['.', other].map((root, i) => {
    const place = join(folder, `images${'-more'.repeat(i)}`);
    mkdirSync(place);
    writeFileSync(join(place, 'images.idx'), idxOf(data.images, IMAGES, 28, 28));
    writeFileSync(join(place, 'labels.idx'), labelsIdxOf(data.labels));
    cpSync('models/mnist-tiny.onnx', join(place, 'mnist-tiny.onnx'));
    const [onnx, images, labels, out] = ['mnist-tiny.onnx', 'images.idx', 'labels.idx', 'net.snn'].map(
      (name) => join(place, name),
    ) as [string, string, string, string];
    node(root, [
      join('dist', 'tools', 'cli.js'),
      'convert',
      onnx,
      '-o',
      out,
      '--images',
      images,
      '--labels',
      labels,
      '--steps',
      '2',
      '--loss',
      '5',
    ]);
    return readFileSync(out);
  }) as [Buffer, Buffer];
  expect(made[0].length).toBeGreaterThan(10_000);
  expect(Buffer.compare(...made)).toBe(0);
});
