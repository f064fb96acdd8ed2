/** PNG, JPEG, PGM and PPM, damaged or made up: pixels as many as the picture says, or one line. */
import { readdirSync, readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { decodePictures } from '../../tools/data/picture.ts';
import { chunk, END } from '../hostile/png.ts';
import type { Random } from '../models/random.ts';
import { damaged } from './bytes.ts';
import { refusal, type Target } from './target.ts';

const FOLDER = 'test/data/jpeg';
const FILE = 'fuzz.picture';
const MOST_PIXELS = 1 << 16;
const jpegs = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.jpg'))
  .map((name) => new Uint8Array(readFileSync(`${FOLDER}/${name}`)));

/** Every chunk right by itself, and headers that need not fit what is packed. */
function png(r: Random): Uint8Array {
  const header = Buffer.alloc(13);
  const side = (): number => r.pick([1, 2, 3, 7, 8, 9, r.int(1, 40), r.int(0, 0xffffffff)]);
  header.writeUInt32BE(side(), 0);
  header.writeUInt32BE(side(), 4);
  header.set([r.pick([1, 2, 4, 8, 8, 8, 16, 3]), r.pick([0, 2, 3, 4, 6, 5]), 0, 0, r.pick([0, 0, 1, 2])], 8);
  const rows = r.bytes(r.pick([0, 1, r.int(1, 4000)]));
  const data = chunk('IDAT', damaged(r, new Uint8Array(deflateSync(rows))));
  const palette = chunk('PLTE', r.bytes(r.pick([3, 48, 768, 5])));
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  const parts = [start, chunk('IHDR', header), palette, data, END];
  return Buffer.concat(parts.filter((_, i) => i === 0 || r.int(0, 15) > 0));
}

function pnm(r: Random): Uint8Array {
  const kind = r.pick([2, 3, 5, 6]);
  const [w, h] = [r.int(0, 9), r.int(0, 9)];
  const values = w * h * (kind % 3 === 0 ? 3 : 1);
  const pixels = Array.from({ length: values }, () => r.int(0, 255));
  const head = `P${kind}${r.pick([' ', '\n', '# c\n'])}${w} ${h}\n${r.pick([255, 255, 255, 1, 65535])}\n`;
  return Buffer.concat([Buffer.from(head), kind > 3 ? Buffer.from(pixels) : Buffer.from(pixels.join(' '))]);
}

function goodPng(r: Random): Uint8Array {
  const [width, height] = [r.int(1, 12), r.int(1, 12)];
  const data = Buffer.from(r.bytes(width * height * 4));
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  const colours = { colorType: r.pick([0, 2, 6] as const), inputColorType: 6 as const };
  return PNG.sync.write(Object.assign(new PNG({ width, height }), { data }), colours);
}

export const pictures: Target = {
  name: 'pictures',
  make(r) {
    const make = r.pick([png, goodPng, pnm, () => r.pick(jpegs)]);
    const one = make(r);
    return damaged(r, r.int(0, 7) === 0 ? Uint8Array.of(...one, ...make(r)) : new Uint8Array(one));
  },
  async run(input) {
    const found = await decodePictures(input, FILE, MOST_PIXELS).catch((error) => refusal(error, FILE));
    if (typeof found === 'string') return found;
    for (const { width, height, pixels, grey } of found) {
      if (width * height < 1 || pixels.length !== width * height * 3)
        throw new Error(`${width}x${height} pixels in ${pixels.length} bytes`);
      if (grey !== pixels.every((v, i) => v === pixels[i - (i % 3)])) throw new Error('grey is said wrongly');
    }
    return 'accepted';
  },
};
