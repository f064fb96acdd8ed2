import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { afterAll, expect, test } from 'vitest';
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import { mnist } from '../../tools/data/idx.ts';
import { readLabelled, readUnlabelled } from '../../tools/data/read.ts';
import { Failure } from '../../tools/terminal/failure.ts';
import { snn } from '../commands/snn.ts';

const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
afterAll(() => rmSync(folder, { recursive: true }));

function put(name: string, bytes: Uint8Array): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

/** A PNG of the colours of each pixel. */
function png(width: number, height: number, colour: (p: number) => number[], options = {}): Uint8Array {
  const picture = new PNG({ width, height });
  for (let p = 0; p < width * height; p++) picture.data.set([...colour(p), 255].slice(0, 4), 4 * p);
  return PNG.sync.write(picture, options);
}

const grey = (v: number) => (p: number) => [v + p, v + p, v + p];

test('classes by the names of the folders, pictures in a fixed random order', async () => {
  for (const [i, name] of ['ape', 'bee', 'cat'].entries())
    for (let k = 0; k < 5; k++) put(`simple/${name}/${k}.png`, png(3, 2, grey(40 * i + 7 * k)));
  put('simple/ape/notes.txt', new Uint8Array(3));
  mkdirSync(join(folder, 'simple/empty'));
  const data = await readLabelled(join(folder, 'simple'), undefined, 'train');
  expect(data).toMatchObject({ count: 15, height: 2, width: 3, channels: 1, classes: ['ape', 'bee', 'cat'] });
  // Every picture tells its own class.
  data.labels.forEach((label, i) => {
    expect(Math.floor((data.images[6 * i] as number) / 40)).toBe(label);
  });
  expect(new Set(data.labels.subarray(0, 5)).size).toBeGreaterThan(1);
  const again = await readLabelled(join(folder, 'simple'), undefined, 'train', {
    skip: 3,
    limit: 4,
    channels: 3,
  });
  expect([...again.labels]).toEqual([...data.labels.subarray(3, 7)]);
  expect([...again.images.subarray(0, 6)]).toEqual(
    [...data.images.subarray(18, 20)].flatMap((v) => [v, v, v]),
  );
  expect((await readUnlabelled(join(folder, 'simple'))).images).toEqual(data.images);
});

test('train and test below, colours, PNG and JPEG', async () => {
  const colours = (p: number): number[] => [10 * p, 5, 200];
  put('parts/train/a/1.PNG', png(4, 4, colours));
  put('parts/val/a/1.png', png(4, 4, grey(1)));
  const raw = Buffer.alloc(64, 255);
  for (let p = 0; p < 16; p++) raw.set([200, 40, 40], 4 * p);
  put('parts/train/b/2.jpg', jpeg.encode({ width: 4, height: 4, data: raw }, 100).data);
  const data = await readLabelled(join(folder, 'parts'), undefined, 'train');
  expect(data).toMatchObject({ count: 2, channels: 3 });
  const [a, b] = [data.labels.indexOf(0), data.labels.indexOf(1)] as [number, number];
  expect([...data.images.subarray(48 * a, 48 * a + 6)]).toEqual([0, 5, 200, 10, 5, 200]);
  // JPEG is near.
  expect(Math.abs((data.images[48 * b] as number) - 200)).toBeLessThan(5);
  expect(await readLabelled(join(folder, 'parts'), undefined, 'test')).toMatchObject({
    count: 1,
    channels: 1,
  });
});

async function refusal(path: string, channels?: number): Promise<string> {
  const error = await readLabelled(join(folder, path), undefined, 'train', { channels }).catch(
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(Failure);
  const { message } = error as Failure;
  expect(message).not.toContain('\n');
  return message;
}

test('what cannot be right is refused by name', async () => {
  put('sizes/a/1.png', png(3, 2, grey(1)));
  put('sizes/a/2.png', png(2, 2, grey(1)));
  expect(await refusal('sizes')).toMatch(/\.png: \dx\d, .*\.png is \dx\d; scale all to one size/);
  put('damaged/a/1.png', png(3, 2, grey(1)).subarray(0, 40));
  expect(await refusal('damaged')).toMatch(/1\.png: not a PNG, or damaged \(.*\); copy it again/);
  put('notjpeg/a/1.jpg', new Uint8Array(40));
  expect(await refusal('notjpeg')).toMatch(/1\.jpg: not a JPEG, or damaged/);
  put(
    'glass/a/1.png',
    png(2, 2, () => [1, 2, 3, 100]),
  );
  expect(await refusal('glass')).toContain('1.png: is transparent');
  put('deep/a/1.png', png(2, 2, grey(1), { bitDepth: 16 }));
  expect(await refusal('deep')).toContain('1.png: 16 bits per colour');
  put(
    'coloured/a/1.png',
    png(2, 2, () => [1, 2, 3]),
  );
  expect(await refusal('coloured', 1)).toContain('1.png: has colours, the network takes grey');
  put('onlytest/test/a/1.png', png(2, 2, grey(1)));
  expect(await refusal('onlytest')).toContain('no folder train or training with pictures by class');
  mkdirSync(join(folder, 'nothing'));
  expect(await refusal('nothing')).toContain('neither pictures in folders by class nor train files of CIFAR');
  expect(await refusal('no-such')).toContain('--labels');
  await expect(readLabelled(join(folder, 'sizes'), 'x', 'train')).rejects.toMatchObject({ code: EXIT_USAGE });
});

test('digits as pictures are classified as digits in IDX are', async () => {
  const { images, labels } = await mnist('test');
  for (let i = 0; i < 40; i++) {
    const pixels = images.subarray(784 * i, 784 * (i + 1));
    put(
      `digits/test/${labels[i]}/${i}.png`,
      png(28, 28, (p) => new Array<number>(3).fill(pixels[p] as number)),
    );
  }
  const run = await snn(['run', 'models/mnist.snn', join(folder, 'digits'), '--json']);
  const data = await readLabelled(join(folder, 'digits'), undefined, 'test');
  const answers = run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { class: number }).class);
  // No folder for a digit that is not among them: classes are counted, not read.
  expect(answers.filter((a, i) => String(a) === data.classes?.[data.labels[i] as number]).length).toBe(40);
});
