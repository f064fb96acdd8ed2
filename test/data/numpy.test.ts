/** The three files beside this one were written by NumPy: x = arange(360) % 256 as [4,5,6,3], y = [3, 0, 2, 1]. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, expect, test } from 'vitest';
import { readLabelled, readUnlabelled } from '../../tools/data/read.ts';
import { Failure } from '../../tools/terminal/failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'numpy-'));
afterAll(() => rmSync(folder, { recursive: true }));

function put(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

/** An array as numpy.save writes it. */
function npy(dtype: string, shape: number[], content: Uint8Array, order = 'False'): Uint8Array {
  const text = `{'descr': '${dtype}', 'fortran_order': ${order}, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }\n`;
  const head = Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, text.length, 0]);
  return Buffer.concat([head, new TextEncoder().encode(text), content]);
}

const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => i);

test('an archive with a part in the names of its arrays', async () => {
  const data = await readLabelled('test/data/numpy.npz', undefined, 'train');
  expect(data).toMatchObject({ count: 4, height: 5, width: 6, channels: 3 });
  expect([...data.labels]).toEqual([3, 0, 2, 1]);
  expect(data.images[300]).toBe(300 - 256);
  await expect(readLabelled('test/data/numpy.npz', undefined, 'test')).rejects.toThrow(
    'none of images, x, data, arr_0 in it, but x_train, y_train; rename the array',
  );
});

test('floats in 0..1 with colours first become the same bytes', async () => {
  const want = await readLabelled('test/data/numpy.npz', undefined, 'train');
  const { classes: _, ...data } = await readLabelled('test/data/floats.npy', 'test/data/labels.npy', 'train');
  expect(data).toEqual(want);
  const part = await readLabelled('test/data/floats.npy', 'test/data/labels.npy', 'train', {
    skip: 1,
    limit: 2,
  });
  expect([...part.labels]).toEqual([0, 2]);
  expect(part.images).toEqual(want.images.subarray(90, 270));
});

test('grey images of three axes, with or without labels', async () => {
  const path = put('grey.npy', npy('|u1', [2, 3, 4], bytes(24)));
  expect(await readUnlabelled(path)).toMatchObject({
    count: 2,
    height: 3,
    width: 4,
    channels: 1,
    images: bytes(24),
  });
  await expect(readLabelled(path, undefined, 'train')).rejects.toThrow('name the .npy of their labels');
});

const f4 = (values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
test.each<[string, string, Uint8Array, string]>([
  ['no array', 'a.npy', bytes(50), 'not a NumPy array; write it with numpy.save'],
  ['cut short', 'b.npy', npy('|u1', [2, 3, 4], bytes(23)), '23 bytes for 2x3x4 of |u1; copy it again'],
  ['cut in its header', 'c.npy', npy('|u1', [2], bytes(2)).subarray(0, 20), 'truncated inside its header'],
  ['complex', 'd.npy', npy('<c8', [2], bytes(16)), 'dtype <c8 is not supported'],
  ['Fortran', 'e.npy', npy('|u1', [2, 3, 4], bytes(24), 'True'), 'in Fortran order'],
  ['no images', 'f.npy', npy('|u1', [24], bytes(24)), 'an array of 24, not images'],
  ['empty', 'g.npy', npy('|u1', [0, 3, 4], bytes(0)), 'an array of 0x3x4, not images'],
  ['ambiguous', 'h.npy', npy('|u1', [2, 3, 4, 3], bytes(72)), 'which axis of 2x3x4x3 has the colours?'],
  ['five colours', 'i.npy', npy('|u1', [1, 5, 2, 5], bytes(50)), 'which axis of 1x5x2x5 has the colours?'],
  ['normalised', 'j.npy', npy('<f4', [1, 1, 2], f4([-1.2, 0.3])), 'values of <f4 that are no bytes'],
  ['no archive', 'k.npz', bytes(50), 'not a .npz archive, or damaged'],
  [
    'another name',
    'l.npz',
    zipSync({ 'pixels.npy': npy('|u1', [1, 2, 2], bytes(4)) }),
    'in it, but pixels; rename',
  ],
])('%s is refused', async (_, name, content, message) => {
  const path = put(name, content);
  const error = await readUnlabelled(path).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(Failure);
  expect((error as Failure).message).toMatch(new RegExp(`^${path}[^\n]*$`));
  expect((error as Failure).message).toContain(message);
});

test.each<[string, Uint8Array, string]>([
  ['too few', npy('<i8', [1], new Uint8Array(8)), 'labels of 1 for 2 images'],
  ['above 255', npy('<i2', [2], Uint8Array.of(1, 0, 0, 1)), 'label 256 of image 1'],
  ['below 0', npy('|i1', [2], Uint8Array.of(0, 255)), 'label -1 of image 1'],
  ['fractions', npy('<f4', [2], f4([0, 0.5])), 'label 0.5 of image 1'],
])('labels %s are refused', async (_, labels, message) => {
  const images = put('two.npy', npy('|u1', [2, 3, 4], bytes(24)));
  await expect(readLabelled(images, put('labels.npy', labels), 'train')).rejects.toThrow(message);
});

test('the archive is the whole of the fixture', () => {
  expect(readFileSync('test/data/numpy.npz').length).toBeLessThan(1500);
});

test('an archive may hold other arrays, and one by another name is still one', async () => {
  const archive = zipSync({
    'x.npy': npy('|u1', [1, 2, 2], bytes(4)),
    'y.npy': npy('|u1', [1], bytes(1)),
    'class_names.npy': npy('<U5', [2], bytes(40)),
  });
  expect(await readLabelled(put('digits.zip', archive), undefined, 'train')).toMatchObject({
    count: 1,
    height: 2,
  });
});

test('Python 2 wrote its lengths as 10L', async () => {
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1L, 2L, 2L), }\n";
  const head = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0];
  const file = Buffer.concat([Uint8Array.from(head), new TextEncoder().encode(header), bytes(4)]);
  expect(await readUnlabelled(put('old.npy', file))).toMatchObject({ count: 1, height: 2, width: 2 });
});

test('an archive with a flipped bit is refused, although nothing else would notice', async () => {
  const archive = zipSync(
    { 'x.npy': npy('|u1', [1, 2, 2], bytes(4)), 'y.npy': npy('|u1', [1], bytes(1)) },
    { level: 0 },
  );
  const at = Buffer.from(archive).indexOf(Buffer.from([0, 1, 2, 3]));
  archive[at + 2] = 7;
  await expect(readUnlabelled(put('flipped.npz', archive))).rejects.toThrow(
    'flipped.npz: x.npy is damaged (its CRC-32 is wrong or missing); copy it again',
  );
});
