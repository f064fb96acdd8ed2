/** The JPEG files beside this were written by Pillow 13 (libjpeg-turbo 3.2), and what it decodes of them as PNG. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { PNG } from 'pngjs';
import { expect, test } from 'vitest';
import { decodePictures } from '../../tools/data/picture.ts';
import { Failure } from '../../tools/terminal/failure.ts';

const FOLDER = 'test/data/jpeg';

function rgb(file: string): number[] {
  return [...PNG.sync.read(readFileSync(file)).data].filter((_, i) => i % 4 < 3);
}

const good = readdirSync(FOLDER).filter((name) => name.endsWith('.png'));

test.each(good.map((name) => basename(name, '.png')))('JPEG %s has the pixels of Pillow', async (name) => {
  const [picture] = await decodePictures(readFileSync(`${FOLDER}/${name}.jpg`), 'a.png');
  expect(picture?.width).toBe(14);
  expect([...(picture?.pixels ?? [])]).toEqual(rgb(`${FOLDER}/${name}.png`));
  expect(picture?.grey).toBe(name === 'grey');
});

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await decodePictures(bytes, 'a').catch((e: unknown) => e);
  expect(error).toBeInstanceOf(Failure);
  return (error as Failure).message;
}

test('JPEG that Pillow would refuse too, or that has other colours', async () => {
  const whole = readFileSync(`${FOLDER}/grey.jpg`);
  expect(await refusal(whole.subarray(0, whole.length - 40))).toContain('(Premature end of JPEG file)');
  expect(await refusal(whole.subarray(0, 30))).toMatch(/^a: damaged, or a JPEG that is not supported/);
  expect(await refusal(readFileSync(`${FOLDER}/cmyk.jpg`))).toContain('Unsupported color conversion');
  const huge = Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0xff, 0xff, 0xff, 0xff, 3, 0, 0);
  expect(await refusal(huge)).toContain('65535x65535 pixels are too many');
});

const png = PNG.sync.write(Object.assign(new PNG({ width: 1, height: 2 }), { data: Buffer.alloc(8, 255) }));

test('PNG with bytes behind its end, and one whose header would fill the memory', async () => {
  const [picture] = await decodePictures(Buffer.concat([png, Buffer.from('left by a program')]), 'a');
  expect([...(picture?.pixels ?? [])]).toEqual(new Array(6).fill(255));
  const bomb = Buffer.from(png);
  bomb.writeUInt32BE(65535, 16);
  bomb.writeUInt32BE(65535, 20);
  expect(await refusal(bomb)).toContain('a: 65535x65535 pixels are too many');
});

test('PGM and PPM, one after the other', async () => {
  const text = (s: string): Buffer => Buffer.from(s, 'latin1');
  const stream = Buffer.concat([
    text('P5 2 1\n# by hand\n255\n'),
    Uint8Array.of(10, 32),
    text('P3 1 1 255 1 2 3\nP2\n2 1\n255\n7 8\n\n'),
    text('P6 1 1 255\n'),
    Uint8Array.of(9, 9, 9),
  ]);
  const found = await decodePictures(stream, 'a');
  expect(found.map((p) => [...p.pixels])).toEqual([
    [10, 10, 10, 32, 32, 32],
    [1, 2, 3],
    [7, 7, 7, 8, 8, 8],
    [9, 9, 9],
  ]);
  expect(found.map((p) => p.grey)).toEqual([true, false, true, true]);
  for (const bad of [
    'P5 2 2 255\n123',
    'P5 2 2 65535\n12345678',
    'P2 1 1 255 300',
    'P5 9999999 99999999 255\n',
    'P5',
  ])
    expect(await refusal(text(bad))).toMatch(/^a: damaged, or a PGM or PPM that is not supported \(/);
});
