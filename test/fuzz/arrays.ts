/** IDX, CIFAR's records, .npy, .npz and gzip, damaged or made up: images as many as said, or one line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { idxOf } from '../../tools/data/idx.ts';
import { readLabelled, readUnlabelled } from '../../tools/data/read.ts';
import type { Random } from '../models/random.ts';
import { damaged } from './bytes.ts';
import { refusal, type Target } from './target.ts';

const DTYPES = ['|u1', '|b1', '|i1', '<u2', '<i4', '<i8', '<f4', '<f8', '>i4', '<f2', '|O'];
/** Endings that steer the choice of a reader, and one that does not. */
const ENDINGS = ['', '.bin', '.npy', '.npz', '.idx', '.png'];

function npy(r: Random, shape: number[]): Uint8Array {
  const dtype = r.pick(['|u1', ...DTYPES]);
  const bytes = Number(dtype.at(-1)) || 1;
  const said =
    r.int(0, 7) === 0
      ? r.pick(['()', '(-1, 2, 2)', '(1e3,)', '(0x10, 1, 1)', '(4294967296, 4294967296, 2)'])
      : `(${shape.join(', ')},)`;
  const header = `{'descr': '${dtype}', 'fortran_order': ${r.pick(['False', 'False', 'True'])}, 'shape': ${said}, }\n`;
  const head = Buffer.alloc(10);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, r.pick([1, 1, 2, 3]), 0]);
  head.writeUInt16LE(header.length, 8);
  const values = shape.reduce((a, b) => a * b, 1) * bytes;
  return Uint8Array.of(...head, ...Buffer.from(header), ...r.bytes(values));
}

const KINDS: ((r: Random) => Uint8Array)[] = [
  (r) => {
    const [n, h, w] = [r.int(1, 4), r.int(1, 9), r.int(1, 9)];
    return idxOf(r.bytes(n * h * w * r.pick([1, 3])), n, h, w);
  },
  (r) => r.bytes(r.pick([3073, 3074, 6146])),
  (r) => npy(r, r.pick([[2, 3, 3], [1, 4, 4, 3], [1, 3, 4, 4], [0, 2, 2], [5]])),
  (r) => {
    const images = npy(r, [2, 3, 3]);
    return zipSync({
      [r.pick(['images.npy', 'x_test.npy', 'a.npy', '../x.npy', 'x\n.npy'])]: images,
      [r.pick(['labels.npy', 'y_test.npy', 'b.txt'])]: npy(r, [2]),
    });
  },
];

const folder = mkdtempSync(join(tmpdir(), 'fuzz-arrays-'));

export const arrays: Target = {
  name: 'arrays',
  make(r) {
    const bytes = damaged(r, r.pick(KINDS)(r));
    return r.int(0, 3) === 0 ? damaged(r, new Uint8Array(gzipSync(bytes))) : bytes;
  },
  async run(input, r) {
    const path = join(folder, `fuzz${r.pick(ENDINGS)}`);
    writeFileSync(path, input);
    const read = r.int(0, 1) === 0 ? readUnlabelled(path) : readLabelled(path, undefined, 'test');
    const found = await read.catch((error) => refusal(error, path));
    rmSync(path);
    if (typeof found === 'string') return found;
    const { count, height, width, channels, images } = found;
    const values = count * height * width * channels;
    if (!(values > 0) || images.length !== values)
      throw new Error(`${images.length} bytes for ${count}x${height}x${width}x${channels}`);
    return 'accepted';
  },
  close: () => rmSync(folder, { recursive: true, force: true }),
};
