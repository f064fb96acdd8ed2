import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, test } from 'vitest';
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import type { Wanted } from '../../tools/data/folder.ts';
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
    input: [3, 2, 3],
  });
  expect([...again.labels]).toEqual([...data.labels.subarray(3, 7)]);
  expect([...again.images.subarray(0, 6)]).toEqual(
    [...data.images.subarray(18, 20)].flatMap((v) => [v, v, v]),
  );
  expect((await readUnlabelled(join(folder, 'simple'))).images).toEqual(data.images);
});

test('train and test below, colours, PNG and JPEG', async () => {
  const colours = (p: number): number[] => [10 * p, 5, 200];
  put('parts/train/a/1.PNG', png(14, 9, colours));
  put('parts/val/a/1.png', png(4, 4, grey(1)));
  put('parts/train/b/2.jpg', readFileSync('test/data/jpeg/halved-both.jpg'));
  const data = await readLabelled(join(folder, 'parts'), undefined, 'train');
  expect(data).toMatchObject({ count: 2, channels: 3 });
  const [a, b] = [data.labels.indexOf(0), data.labels.indexOf(1)] as [number, number];
  const size = 14 * 9 * 3;
  expect([...data.images.subarray(size * a, size * a + 6)]).toEqual([0, 5, 200, 10, 5, 200]);
  const pillow = PNG.sync.read(readFileSync('test/data/jpeg/halved-both.png')).data;
  expect(data.images[size * b]).toBe(pillow[0]);
  expect(await readLabelled(join(folder, 'parts'), undefined, 'test')).toMatchObject({
    count: 1,
    channels: 1,
  });
});

async function refusal(path: string, wanted: Wanted = {}): Promise<string> {
  const error = await readLabelled(join(folder, path), undefined, 'train', wanted).catch((e: unknown) => e);
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
  expect(await refusal('damaged')).toMatch(
    /1\.png: damaged, or a PNG that is not supported \(.*\); copy it again/,
  );
  put('notjpeg/a/1.jpg', new Uint8Array(40));
  expect(await refusal('notjpeg')).toMatch(/1\.jpg: not a PNG, JPEG, PGM or PPM; copy it again/);
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
  expect(await refusal('coloured', { input: [1, 2, 2] })).toContain(
    '1.png: has colours, the network takes grey',
  );
  put('onlytest/test/a/1.png', png(2, 2, grey(1)));
  expect(await refusal('onlytest')).toContain(
    'onlytest: test, but no folder train or training with pictures',
  );
  mkdirSync(join(folder, 'nothing'));
  expect(await refusal('nothing')).toContain('nothing: neither pictures in folders by class nor CIFAR');
  expect(await refusal('no-such')).toContain('no-such: no such file; check the path');
  await expect(readLabelled(join(folder, 'sizes'), 'x', 'train')).rejects.toMatchObject({ code: EXIT_USAGE });
});

/** Classes of every picture by name, in any order. */
async function labels(path: string, wanted: Wanted = {}): Promise<string[]> {
  const data = await readLabelled(join(folder, path), undefined, 'test', wanted);
  return [...data.labels].map((l) => data.classes?.[l] as string).sort();
}

describe('classes are those of the network:', () => {
  const classes = ['blue', 'green', 'red'];
  const one = png(2, 2, grey(1));

  test('a folder that is missing or empty renumbers none of the others', async () => {
    put('known/red/1.png', one);
    put('known/green/1.png', one);
    mkdirSync(join(folder, 'known/blue'));
    const { labels: found } = await readLabelled(join(folder, 'known'), undefined, 'test', { classes });
    expect([...found].sort()).toEqual([1, 2]);
    expect(await labels('known', { classes: ['red', 'blue', 'green'] })).toEqual(['green', 'red']);
    expect(await refusal('known')).toContain('known/blue: no picture that can be read in it');
  });

  test('a folder of another name is refused, unless all are in their place', async () => {
    put('other/a/1.png', one);
    put('other/red/1.png', one);
    expect(await refusal('other', { classes })).toContain(
      'other/a: no class of the network has this name (blue, green, red); rename or move the folder',
    );
    put('renamed/0/1.png', one);
    put('renamed/1/1.png', one);
    expect(await labels('renamed', { classes: ['no', 'yes'], rename: true })).toEqual(['no', 'yes']);
    expect(await refusal('renamed', { classes: ['no', 'yes'] })).toContain('no class of the network');
    expect(await refusal('renamed', { classes, rename: true })).toContain('no class of the network');
  });

  test('names with commas and accents survive', async () => {
    put('named/crème, brûlée/1.png', one);
    put('named/tea/1.png', one);
    const accents = 'crème, brûlée'.normalize('NFD');
    expect(await labels('named')).toEqual(['crème, brûlée', 'tea']);
    expect(await labels('named', { classes: ['tea', accents] })).toEqual([accents, 'tea']);
  });
});

test('folders are walked as ImageFolder walks them: in depth, through links, not in circles', async () => {
  put('elsewhere/x/1.png', png(2, 2, grey(1)));
  put('walked/a/b/c/1.png', png(2, 2, grey(1)));
  symlinkSync('../elsewhere', join(folder, 'walked/d'));
  symlinkSync('../../walked', join(folder, 'walked/a/circle'));
  symlinkSync('nowhere', join(folder, 'walked/e'));
  expect((await labels('walked')).filter((l) => l === 'd')).toHaveLength(1);
  expect(await labels('walked')).toContain('a');
});

test('what machines leave beside the pictures is no class and no picture', async () => {
  put('stray/.ipynb_checkpoints/1.png', png(3, 3, grey(1)));
  put('stray/__MACOSX/1.png', png(3, 3, grey(1)));
  put('stray/ape/._1.png', new Uint8Array(9));
  put('stray/ape/1.png', png(2, 2, grey(1)));
  expect(await labels('stray')).toEqual(['ape']);
  put('beside/preview/1.png', png(3, 3, grey(1)));
  put('beside/Test/ape/1.png', png(2, 2, grey(1)));
  put('beside/Train/ape/1.png', png(2, 2, grey(1)));
  expect(await labels('beside')).toEqual(['ape']);
  // A class may be called so too.
  put('vehicles/train/1.png', png(2, 2, grey(1)));
  put('vehicles/bus/1.png', png(2, 2, grey(1)));
  expect(await labels('vehicles')).toEqual(['bus', 'train']);
});

test('pictures of formats that cannot be read, and pictures without a class, are not passed over', async () => {
  put('webp/a/1.png', png(2, 2, grey(1)));
  put('webp/a/2.webp', new Uint8Array(9));
  expect(await refusal('webp')).toContain('2.webp: webp cannot be read; save it as PNG, or take it away');
  put('flat/1.png', png(2, 2, grey(1)));
  put('flat/2.png', png(2, 2, grey(9)));
  expect(await refusal('flat')).toContain('flat: pictures such as 1.png lie in no folder of a class');
  const { count, files } = await readUnlabelled(join(folder, 'flat'));
  expect([count, files]).toEqual([2, [join(folder, 'flat/1.png'), join(folder, 'flat/2.png')]]);
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
