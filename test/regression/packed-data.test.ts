/** Packed pictures and arrays that unpack to more, or to less, than they say: refused, and not unpacked to the end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, describe, expect, test } from 'vitest';
import { readBytes } from '../../tools/data/dataset.ts';
import { readNumpy } from '../../tools/data/numpy.ts';
import { decodePictures } from '../../tools/data/picture.ts';
import { readPictures } from '../../tools/data/pictures.ts';
import { MOST_UNPACKED_BYTES } from '../../tools/limits.ts';
import { chunk, data, END, header, png } from '../hostile/png.ts';

const folder = mkdtempSync(join(tmpdir(), 'packed-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** 8x8 grey: every row begins with its filter, 0. */
const rows = Uint8Array.from({ length: 72 }, (_, i) => (i % 9 === 0 ? 0 : (i * 37) & 255));
const packed = deflateSync(rows);
const good = png(header(8, 8), chunk('IDAT', packed), END);

describe('PNG', () => {
  test('a whole one is read, however its data are cut into chunks and whatever follows it', async () => {
    const pixels = [...rows].filter((_, i) => i % 9 > 0).flatMap((v) => [v, v, v]);
    const halves = [packed.subarray(0, 20), packed.subarray(20)].map((part) => chunk('IDAT', part));
    for (const whole of [good, png(header(8, 8), ...halves, END), Buffer.concat([good, Buffer.from('more')])])
      expect([...((await decodePictures(whole, 'a'))[0]?.pixels as Uint8Array)]).toEqual(pixels);
    // Adam7: 15 rows in 7 passes.
    expect(await decodePictures(png(header(8, 8, 1), data(new Uint8Array(79)), END), 'a')).toHaveLength(1);
  });

  test.each([
    ['data that end early', png(header(8, 8), chunk('IDAT', packed.subarray(0, 40)), END)],
    ['no checksum', png(header(8, 8), chunk('IDAT', packed.subarray(0, -4)), END)],
    [
      'a wrong checksum',
      png(header(8, 8), chunk('IDAT', Buffer.concat([packed.subarray(0, -4), new Uint8Array(4)])), END),
    ],
    ['five rows of eight', png(header(8, 8), data(rows.subarray(0, 45)), END)],
    ['no data at all', png(header(8, 8), END)],
    ['no pixels', png(header(0, 8), data(new Uint8Array(8)), END)],
    ['no end', png(header(8, 8), chunk('IDAT', packed))],
    ['two headers', png(header(8, 8), header(60000, 60000), chunk('IDAT', packed), END)],
    [
      'a header that is not first',
      png(chunk('tEXt', new Uint8Array(40)), header(8, 8), chunk('IDAT', packed), END),
    ],
    ['300 MB behind its rows', png(header(8, 8), data(new Uint8Array(3e8)), END)],
    ['300 MB behind its interlaced rows', png(header(8, 8, 1), data(new Uint8Array(3e8)), END)],
    ['5 million pixels', png(header(2500, 2000), data(new Uint8Array(2501 * 2000)), END)],
  ])('%s: refused, in little memory', async (_, bytes) => {
    const before = process.memoryUsage().rss;
    await expect(decodePictures(bytes, 'a.png')).rejects.toThrow(/^a\.png: [^\n]+$/);
    expect(process.memoryUsage().rss - before).toBeLessThan(1e8);
  });

  test('every truncation is refused', async () => {
    for (let length = 0; length < good.length; length++)
      await expect(decodePictures(good.subarray(0, length), 'a'), `${length}`).rejects.toThrow(/^a: /);
  });

  test('what the network cannot take is not unpacked', async () => {
    const path = join(folder, 'large.png');
    writeFileSync(path, png(header(2000, 2000), data(new Uint8Array(2001 * 2000)), END));
    await expect(readPictures([{ path, label: 0 }], [1, 28, 28])).rejects.toThrow(
      '2000x2000 pixels are too many',
    );
  });
});

test('gzip that unpacks to more than it may is not unpacked to its end', async () => {
  const path = join(folder, 'bomb.gz');
  writeFileSync(path, gzipSync(new Uint8Array(MOST_UNPACKED_BYTES + 1)));
  await expect(readBytes(path)).rejects.toThrow(`${path}: unpacks to more than ${MOST_UNPACKED_BYTES} bytes`);
  writeFileSync(path, gzipSync(new Uint8Array(1e6)));
  expect(await readBytes(path)).toHaveLength(1e6);
});

describe('npz', () => {
  const npy = (shape: string, values: Uint8Array): Uint8Array => {
    const head = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape},), }\n`;
    return Buffer.concat([
      Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, head.length, 0),
      Buffer.from(head),
      values,
    ]);
  };
  const arrays = {
    'images.npy': new Uint8Array(npy('2, 2, 2', new Uint8Array(8))),
    'labels.npy': new Uint8Array(npy('2', new Uint8Array(2))),
  };
  const archive = zipSync(arrays);
  const read = (bytes: Uint8Array) => readNumpy('a.npz', bytes, undefined, 'test');

  /** All of 32 bits in the directory's entries, at `offset` of each. */
  function inDirectory(offset: number, value: number): Uint8Array {
    const bytes = Buffer.from(archive);
    for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4))
      bytes.writeUInt32LE(value, at + offset);
    return new Uint8Array(bytes);
  }

  test('a whole one is read', async () => {
    expect(await read(archive)).toMatchObject({ count: 2, height: 2, width: 2 });
  });

  test.each([
    ['no CRC', inDirectory(16, 0), 'CRC-32 is wrong or missing'],
    ['a wrong CRC', inDirectory(16, 0xdeadbeef), 'CRC-32 is wrong or missing'],
    ['arrays that say 4 GB', inDirectory(24, 0xfffffff0), `more than ${MOST_UNPACKED_BYTES} bytes`],
    ['arrays that say 1 byte', inDirectory(24, 1), /damaged|CRC-32/],
  ])('%s: refused', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
  });

  test('an archive of twenty bombs is not unpacked', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`x${i}.npy`, new Uint8Array(1e7)]),
    );
    await expect(read(zipSync(files))).rejects.toThrow(`more than ${MOST_UNPACKED_BYTES} bytes`);
  });
});
