/** Files that once filled the memory, never ended or killed the process, each with the command that reads it. */
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import type { Result } from '../../tools/eval/result.ts';
import { MOST_IMAGES, MOST_UNPACKED_BYTES } from '../../tools/limits.ts';
import { Craft } from '../models/craft.ts';
import { CASES, FLOODS } from './graphs.ts';
import { chain, repeated } from './models.ts';
import { chunk, data, END, header, png } from './png.ts';
import { madeUp, sealed } from './results.ts';

export interface Hostile {
  name: string;
  /** What is written, by name. */
  files: Record<string, () => Uint8Array>;
  /** A file grown to this size with a hole. */
  grown?: [file: string, bytes: number];
  /** Of the command; the names are in its folder. */
  args: string[];
  /** That of the file; its exit code otherwise says the kind. */
  file: string;
}

const MODEL = 'mnist.snn';

function graph(name: string, make: () => Uint8Array): Hostile {
  const args = ['convert', 'net.onnx', '-o', 'out.snn', '--images', 'images.idx', '--labels', 'labels.idx'];
  return { name, files: { 'net.onnx': make }, args, file: 'net.onnx' };
}

function images(name: string, file: string, make: () => Uint8Array): Hostile {
  return { name, files: { [file]: make }, args: ['run', MODEL, file], file };
}

function model(name: string, make: () => Uint8Array): Hostile {
  return { name, files: { 'bad.snn': make }, args: ['inspect', 'bad.snn'], file: 'bad.snn' };
}

function result(count: number, steps: number, shard: Result['shard']): Uint8Array {
  return Buffer.from(sealed(madeUp(count, steps, shard)));
}

const bombs = (): Uint8Array =>
  zipSync(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x${i}.npy`, new Uint8Array(1e7)])));
const many = (wide: number): Uint8Array => repeated(chain(wide), 1, 60_000);

export const HOSTILE: Hostile[] = [
  ...CASES.map(([name, make]) => graph(name, make)),
  ...FLOODS.map(([name, bytes]) => graph(`two million ${name}`, () => bytes)),
  images('a PNG of 57 bytes that says 65535x65535', 'bomb.png', () =>
    png(header(65535, 65535), chunk('IDAT', new Uint8Array(0)), END),
  ),
  images('a PNG with 300 MB behind its rows', 'rows.png', () =>
    png(header(28, 28), data(new Uint8Array(3e8)), END),
  ),
  images('a gzip of more than it may unpack to', 'bomb.gz', () =>
    gzipSync(new Uint8Array(MOST_UNPACKED_BYTES + 1)),
  ),
  images('an npz of twenty bombs', 'bombs.npz', bombs),
  { ...images('a sparse file of 2 GiB', 'huge.idx', () => new Uint8Array(0)), grown: ['huge.idx', 2 ** 31] },
  model('60,000 projections on one set of weights', () => many(4096)),
  { ...model('a wrong magic before 1 GiB', () => Uint8Array.of(1, 2, 3, 4)), grown: ['bad.snn', 2 ** 30] },
  model('sections that leave the file', () => new Craft(chain(16)).moveSection(3, 0xfffffff0).done()),
  {
    name: 'a shard of a thousand million',
    files: { 'part.json': () => result(1000, 2, { index: 1, of: 999_999_999 }) },
    args: ['merge', 'part.json'],
    file: 'merge',
  },
  {
    name: 'results about more images than there can be',
    files: { 'part.json': () => result(MOST_IMAGES + 1, 2, null) },
    args: ['merge', 'part.json'],
    file: 'part.json',
  },
  {
    name: 'results of steps without end',
    files: { 'part.json': () => result(1000, 2 ** 52, null) },
    args: ['merge', 'part.json'],
    file: 'part.json',
  },
];
