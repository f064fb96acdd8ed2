import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { slice } from '../../tools/data/dataset.ts';
import { mnist, readDataset, readImages, readLabels } from '../../tools/data/idx.ts';
import { Failure } from '../../tools/terminal/failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'idx-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An IDX file of bytes 0, 1, 2 …, unless told otherwise. */
function idx(
  dims: number[],
  size = dims.reduce((a, b) => a * b, 1),
  magic = 0x800 | dims.length,
): Uint8Array {
  const bytes = new Uint8Array(4 + dims.length * 4 + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  dims.forEach((n, i) => {
    view.setUint32(4 + i * 4, n);
  });
  bytes.set(
    Uint8Array.from({ length: size }, (_, i) => i),
    4 + dims.length * 4,
  );
  return bytes;
}

function put(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('an IDX file', () => {
  test('of grey images', async () => {
    const images = await readImages(put('grey', idx([2, 3, 4])));
    expect(images).toMatchObject({ count: 2, height: 3, width: 4, channels: 1 });
    expect([...images.images]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  test('of colour images has the channels last', async () => {
    const images = await readImages(put('colour', idx([2, 3, 4, 3])));
    expect(images).toMatchObject({ count: 2, height: 3, width: 4, channels: 3 });
  });

  test('may be gzipped', async () => {
    const images = await readImages(put('grey.gz', gzipSync(idx([1, 2, 2]))));
    expect([...images.images]).toEqual([0, 1, 2, 3]);
  });

  test('of labels', async () => {
    expect([...(await readLabels(put('labels', idx([3]))))]).toEqual([0, 1, 2]);
  });
});

describe('a data set', () => {
  test('is sliced without copying, and never beyond its end', async () => {
    const data = await readDataset(put('images', idx([3, 1, 2])), put('labels', idx([3])));
    const part = slice(data, 1, 10);
    expect(part).toMatchObject({ count: 2, height: 1, width: 2 });
    expect([...part.images]).toEqual([2, 3, 4, 5]);
    expect([...part.labels]).toEqual([1, 2]);
    expect(part.images.buffer).toBe(data.images.buffer);
    expect(slice(data, 5, 1).count).toBe(0);
  });

  test('MNIST is the real one', async () => {
    const data = await mnist('test');
    expect(data).toMatchObject({ count: 10000, height: 28, width: 28, channels: 1 });
    expect([...data.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
  });
});

describe('says in one line what is wrong with', () => {
  const cases: [string, () => Promise<unknown>, RegExp][] = [
    ['a missing file', () => readImages(join(folder, 'nowhere')), /nowhere: no such file/],
    ['a folder', () => readImages(folder), /is a folder; name a file in it$/],
    [
      'another format',
      () => readImages(put('x', Uint8Array.of(1, 2, 3, 4, 5))),
      /magic 0x01020304, not an IDX/,
    ],
    ['an empty file', () => readImages(put('x', new Uint8Array(0))), /0 bytes, not an IDX/],
    ['floats', () => readImages(put('x', idx([1, 1, 1], 4, 0xd03))), /magic 0x00000d03, not an IDX/],
    [
      'a short header',
      () => readImages(put('x', idx([1, 1, 1]).subarray(0, 9))),
      /truncated inside its header/,
    ],
    [
      'a short body',
      () => readImages(put('x', idx([2, 3, 4], 20))),
      /36 bytes, its header \(2x3x4\) says 40/,
    ],
    ['a long body', () => readLabels(put('x', idx([2], 3))), /11 bytes, its header \(2\) says 10/],
    ['damaged gzip', () => readImages(put('x', gzipSync(idx([1, 2, 2])).subarray(0, 20))), /damaged gzip/],
    ['labels given as images', () => readImages(put('x', idx([3]))), /not images; give the images file/],
    [
      'images given as labels',
      () => readLabels(put('x', idx([1, 1, 1]))),
      /not labels; give the labels file/,
    ],
    [
      'files that do not belong together',
      () => readDataset(put('a', idx([3, 1, 1])), put('b', idx([2]))),
      /2 labels for the 3 images of .*a; give files that belong together/,
    ],
  ];
  test.each(cases)('%s', async (_, read, message) => {
    const error = await read().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).code).toBe(EXIT_DATA);
    expect((error as Failure).message).toMatch(message);
    expect((error as Failure).message).not.toContain('\n');
  });
});
