/** The whole way, as a user walks it: ONNX → .snn → eval, run, and everything that can be wrong with the input. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Dataset, slice } from '../../tools/data/dataset.ts';
import { idxOf, labelsIdxOf, mnist } from '../../tools/data/idx.ts';
import { wasmtime } from '../drivers/wasmtime.ts';
import { type Result, snn } from './snn.ts';

let folder: string;
let data: Dataset;
const path = (name: string): string => join(folder, name);

function convert(
  out: string,
  more: string[] = [],
  onnx = 'models/mnist.onnx',
  images = 'images.idx',
  labels = 'labels.idx',
): Result {
  return snn(['convert', onnx, '-o', path(out), '--images', path(images), '--labels', path(labels), ...more]);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'snn-'));
  data = slice(await mnist('train'), 55_000, 300);
  writeFileSync(path('images.idx'), idxOf(data.images, 300, 28, 28));
  writeFileSync(path('labels.idx'), labelsIdxOf(data.labels));
});

afterAll(() => rmSync(folder, { recursive: true }));

test.skipIf(process.platform === 'win32')('a reader that leaves early does not cost the file', () => {
  const args = ['--images', path('images.idx'), '--labels', path('labels.idx'), '--steps', '1'];
  const command = `"${process.execPath}" dist/tools/cli.js convert models/mnist.onnx -o "${path('piped.snn')}" ${args.join(' ')}`;
  const { status } = spawnSync('bash', ['-c', `set -o pipefail; ${command} | head -n 1`]);
  expect(status).toBe(0);
  expect(readFileSync(path('piped.snn')).subarray(0, 3).toString()).toBe('SNN');
});

describe('a network on its way', () => {
  test('bursts: every stage reports what it lost, and all hosts take the result', () => {
    const { code, stdout, stderr } = convert('net.snn', ['--json', '--steps', '2', '--loss', '5']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const stages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(stages.map((s) => s.stage)).toEqual([
      'ann',
      'folded',
      'weights',
      'spiking',
      'membranes',
      'integers',
      'loss',
      'exits',
      'fused',
      'stop',
      'guard',
      'packed',
    ]);
    expect(stages[0].accuracy[1]).toBeGreaterThan(0.98);
    expect(stages[1].difference).toBeLessThan(1e-4);
    for (const { error } of stages[2].weightErrors) expect(error).toBeLessThan(0.02);
    expect(stages[5].accuracy[1][0]).toBeGreaterThan(0.98);
    // The same images, the same steps: what integers alone cost.
    for (const points of stages[6].lost_points) expect(points).toBeLessThanOrEqual(0.5);
    expect(stages[9].harmed).toBeLessThan(10);

    const evaluated = snn([
      'eval',
      path('net.snn'),
      '--images',
      path('images.idx'),
      '--labels',
      path('labels.idx'),
      '--json',
    ]);
    const { images, final, stopped } = JSON.parse(evaluated.stdout);
    expect(images).toBe(300);
    expect(stopped.sops).toBeLessThan(final.sops);

    const inNode = snn(['run', path('net.snn'), path('images.idx'), '--limit', '20', '--json']);
    const inWasmtime = wasmtime(folder, 'build/snn-mvp.wasm', [
      'net.snn',
      'images.idx',
      '--limit',
      '20',
      '--json',
    ]);
    const answers = (text: string): unknown[] =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => {
          const { class: answer, steps, exit, sops } = JSON.parse(line);
          return { answer, steps, exit, sops };
        });
    expect(answers(inNode.stdout)).toEqual(answers(inWasmtime.stdout));
  });

  test('the paper’s way, α by both methods', () => {
    for (const method of ['grid', 'empirical']) {
      const { code, stdout } = convert(`${method}.snn`, ['--paper', '--steps', '24', '--alpha', method]);
      expect(code).toBe(0);
      expect(stdout).toContain(`α by ${method}`);
      expect(JSON.parse(snn(['inspect', path(`${method}.snn`), '--json']).stdout)).toMatchObject({
        timing: 'pipelined',
        fusion: { kind: 'beta' },
        steps: 24,
      });
    }
  });

  test('a plain ReLU network: light calibration beats the robust one at few steps', () => {
    const accuracy = (method: string[]): number[] => {
      const flags = [...method, '--json', '--burst', '4', '--steps', '2', '--start', '0.5', '--no-stop'];
      const { stdout } = convert('relu.snn', flags, 'models/mnist-relu.onnx');
      const stage = stdout.split('\n').find((line) => line.includes('"integers"')) ?? '';
      return (JSON.parse(stage) as { accuracy: number[][] }).accuracy.at(-1) as number[];
    };
    const [light, robust] = [accuracy([]), accuracy(['--method', 'robust'])] as [number[], number[]];
    expect(light[0]).toBeGreaterThan((robust[0] as number) + 0.3);
    expect(light[1]).toBeGreaterThan(0.95);
  });

  test('fewer bits: what they save and cost', () => {
    const { stdout } = convert('bits.snn', ['--bits', '4', '--json', '--steps', '1', '--no-stop']);
    const stages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const bits = stages.find((s) => s.stage === 'bits');
    expect(bits.bytes).toBeLessThan(0.6 * bits.bytes_8);
    expect(bits.accuracy).toBeGreaterThan(bits.accuracy_8 - 0.02);
    expect(readFileSync(path('bits.snn')).length).toBe(stages.at(-1).bytes);
  });

  test('bits that cost more than a point name the least that do not', () => {
    const { stdout } = convert('bits2.snn', [
      '--bits',
      '2',
      '--json',
      '--steps',
      '1',
      '--no-stop',
      '--force',
    ]);
    const stages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { accuracy, accuracy_8 } = stages.find((s) => s.stage === 'bits');
    expect(accuracy).toBeLessThan(accuracy_8 - 0.01);
    const warning = stages.find((s) => s.stage === 'warning' && s.bits !== undefined);
    expect(warning.bits).toBeGreaterThan(2);
    expect(warning.accuracy).toBeGreaterThanOrEqual(accuracy_8 - 0.01);
  });

  test('snn tune makes fusion and stop tables anew', () => {
    const tune = (out: string, more: string[], model = 'models/mnist.snn') =>
      snn([
        'tune',
        model,
        '-o',
        path(out),
        '--images',
        path('images.idx'),
        '--labels',
        path('labels.idx'),
        ...more,
      ]);
    const stop = (name: string): (number | null)[][] =>
      JSON.parse(snn(['inspect', path(name), '--json']).stdout).stop;
    expect(tune('time.snn', ['--no-depth', '--loss', '5']).stderr).toBe('');
    expect(stop('time.snn').every(([early, final]) => early === null && final !== null)).toBe(true);
    tune('depth.snn', ['--loss', '5']);
    expect(stop('depth.snn').every(([early]) => early !== null)).toBe(true);
    tune('never.snn', ['--no-stop']);
    expect(stop('never.snn')).toEqual([]);
    for (const [more, code, line] of [
      [['--limit', '50'], 3, /50 images are too few; give at least 100/],
      [['--loss', '101'], 1, /loss/],
    ] as const) {
      const bad = tune('bad.snn', [...more]);
      expect([bad.code, line.test(bad.stderr), existsSync(path('bad.snn'))]).toEqual([code, true, false]);
    }
  });

  test('the same input gives the same file', () => {
    convert('a.snn', ['--steps', '2']);
    convert('b.snn', ['--steps', '2']);
    const [a, b] = ['a.snn', 'b.snn'].map((name) => readFileSync(path(name)));
    expect(a?.equals(b as Buffer)).toBe(true);
  });
});

describe('bad input is one line, an exit code, and no file', () => {
  const refused = (result: Result, code: number, line: RegExp): void => {
    expect(result.stderr).toMatch(/^snn: [^\n]+\n$/);
    expect(result.stderr).toMatch(line);
    expect(result.code).toBe(code);
    expect(existsSync(path('bad.snn'))).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
  };

  test('the network', () => {
    const onnx = readFileSync('models/mnist.onnx');
    writeFileSync(path('cut.onnx'), onnx.subarray(0, 5000));
    refused(convert('bad.snn', [], path('cut.onnx')), 2, /cut\.onnx: /);
    refused(convert('bad.snn', [], path('none.onnx')), 2, /none\.onnx: no such file/);
    const nan = Buffer.from(onnx);
    // The first four bytes of the first weights, behind their name.
    const at = nan.indexOf('layer1.conv.weight', nan.indexOf('final.linear') + 400);
    const raw = nan.indexOf(Buffer.from([0x4a, 0xc0, 0x04]), at < 0 ? 0 : at - 700);
    nan.writeFloatLE(Number.NaN, raw + 3);
    writeFileSync(path('nan.onnx'), nan);
    refused(convert('bad.snn', [], path('nan.onnx')), 2, /nan\.onnx: .*NaN/);
    refused(convert('bad.snn', ['--method', 'qcfs'], 'models/mnist-relu.onnx'), 2, /--method light/);
    refused(
      convert('bad.snn', [], 'models/networks/vgg11-dynamo.onnx'),
      2,
      /weights in "weights\.bin" cannot be read \(ENOENT\); put that file beside the \.onnx/,
    );
  });

  test('the data', () => {
    refused(convert('bad.snn', [], undefined, 'labels.idx'), 3, /labels\.idx: /);
    refused(convert('bad.snn', [], undefined, 'images.idx', 'images.idx'), 3, /images\.idx: /);
    refused(convert('bad.snn', [], undefined, 'none.idx'), 3, /none\.idx: no such file/);
    writeFileSync(path('small.idx'), idxOf(new Uint8Array(300 * 100), 300, 10, 10));
    refused(convert('bad.snn', [], undefined, 'small.idx'), 3, /images are 10x10x1, .* takes 28x28x1/);
    writeFileSync(path('fewer.idx'), labelsIdxOf(data.labels.subarray(0, 200)));
    refused(convert('bad.snn', [], undefined, 'images.idx', 'fewer.idx'), 3, /200 labels for the 300 images/);
    writeFileSync(path('wild.idx'), labelsIdxOf(data.labels.map((l, i) => (i === 7 ? 77 : l))));
    refused(
      convert('bad.snn', [], undefined, 'images.idx', 'wild.idx'),
      3,
      /label 77 of image 7 is not one of the 10 classes/,
    );
    refused(convert('bad.snn', ['--limit', '20']), 3, /20 images are too few; give at least 100/);
    refused(convert('bad.snn', ['--skip', '300']), 3, /no images left after --skip 300/);
  });

  test('a network that knows nothing of the images', () => {
    const labels = (name: string, of: (label: number, i: number) => number): string => {
      writeFileSync(path(name), labelsIdxOf(data.labels.map(of)));
      return name;
    };
    const refusedFor = (name: string, line: RegExp, more: string[] = []): void =>
      refused({ ...convert('bad.snn', more, undefined, 'images.idx', name), stdout: '' }, 3, line);
    refusedFor(
      labels('random.idx', (_, i) => (7 * i + (i >> 3)) % 10),
      /right on .* of 300 images, guessing on 1.*check --mean and --std/,
    );
    const turned = labels('turned.idx', (l) => (l + 1) % 10);
    refusedFor(turned, /label 0 is its class 9; give --classes, or the labels, in the order of training/);
    refusedFor('labels.idx', /on [19][\d.]+ % with --mean 0 --std 1; convert with that, or with --force/, [
      '--mean',
      '1',
      '--std',
      '0.1',
    ]);
    const forced = convert(
      'forced.snn',
      ['--force', '--steps', '1', '--no-stop'],
      undefined,
      'images.idx',
      turned,
    );
    expect(forced).toMatchObject({ code: 0, stderr: '' });
  });

  test('single spikes that have had no time to arrive', () => {
    refused(
      convert('bad.snn', ['--paper', '--steps', '4']),
      3,
      /after 4 steps, guessing on .*try more --steps/,
    );
    const { stdout } = convert('paper.snn', ['--paper', '--json', '--limit', '100']);
    const stages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const chosen = stages.find((s) => s.stage === 'steps');
    expect(chosen.steps).toBeGreaterThan(20);
    const { accuracy } = stages.find((s) => s.stage === 'integers');
    expect(accuracy.at(-1)).toHaveLength(chosen.steps);
    expect(accuracy.at(-1).at(-1)).toBeGreaterThan(0.95);
  });

  test('nothing is written over what was read', () => {
    const own = (args: string[], over: string): void => {
      const before = readFileSync(over);
      expect(snn(args)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: `snn: ${over}: was read by this command; write to another file\n`,
      });
      expect(readFileSync(over).equals(before)).toBe(true);
    };
    const images = ['--images', path('images.idx'), '--labels', path('labels.idx')];
    copyFileSync('models/mnist.onnx', path('own.onnx'));
    copyFileSync('models/mnist.snn', path('own.snn'));
    symlinkSync(path('own.onnx'), path('link.onnx'));
    own(['convert', path('own.onnx'), '-o', path('own.onnx'), ...images], path('own.onnx'));
    own(['convert', path('own.onnx'), '-o', path('link.onnx'), ...images], path('link.onnx'));
    own(['convert', path('own.onnx'), '-o', path('labels.idx'), ...images], path('labels.idx'));
    own(['tune', path('own.snn'), '-o', path('own.snn'), ...images], path('own.snn'));
    own(['bundle', path('own.snn'), '-o', path('own.snn')], path('own.snn'));
    own(['eval', path('own.snn'), '-o', path('images.idx'), ...images, '--limit', '1'], path('images.idx'));
    const part = path('part.json');
    expect(snn(['eval', path('own.snn'), '-o', part, ...images, '--limit', '1']).code).toBe(0);
    own(['merge', part, '-o', part], part);
  });

  test('the options and the place', () => {
    refused(convert('bad.snn', ['--burst', '0']), 1, /burst/);
    refused(convert('bad.snn', ['--method', 'magic']), 1, /method/);
    refused(convert('bad.snn', ['--bits', '9']), 1, /bits/);
    refused(convert('bad.snn', ['--order', 'bgr']), 1, /--order bgr: .* must read three channels/);
    refused(convert('bad.snn', ['--std', '58.4']), 1, /--std 58\.4: .* divide it by 255: 0\.2290/);
    refused(convert('bad.snn', ['--classes', '0,1,2']), 1, /--classes: 3 names, .* has 10 classes/);
    refused(convert('bad.snn', ['--classes', '0,0,2']), 1, /each once/);
    refused(convert('bad.snn', ['--mean', '120']), 1, /those of 0\.\.255 divided by 255/);
    refused(convert('bad.snn', ['--mean', '0.5,0.5']), 1, /1 channels/);
    refused(convert('none/bad.snn', ['--steps', '1']), 4, /none.bad\.snn: cannot be written/);
  });
});
