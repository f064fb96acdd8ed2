/**
 * The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): records of one label byte (CIFAR-100: coarse, then
 * fine) and 3×32×32 bytes, a plane per colour. A path may be one .bin file or a folder of them.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';
import { type Dataset, readBytes } from './dataset.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const PIXELS = 3 * PLANE;

/** Whether the name looks like CIFAR's: a .bin file, or a folder. */
export async function isCifar(path: string): Promise<boolean> {
  if (path.endsWith('.bin')) return true;
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** `part` picks the training or the test files of a folder. */
export async function readCifar(path: string, part: 'train' | 'test'): Promise<Dataset> {
  const files = path.endsWith('.bin') ? [path] : await filesOf(path, part);
  const sets = await Promise.all(files.map(readFile));
  const count = sets.reduce((n, s) => n + s.count, 0);
  const all: Dataset = {
    count,
    height: SIDE,
    width: SIDE,
    channels: 3,
    images: new Uint8Array(count * PIXELS),
    labels: new Uint8Array(count),
  };
  let at = 0;
  for (const set of sets) {
    all.images.set(set.images, at * PIXELS);
    all.labels.set(set.labels, at);
    at += set.count;
  }
  return all;
}

/** data_batch_1.bin … and test_batch.bin, or train.bin and test.bin. */
async function filesOf(folder: string, part: 'train' | 'test'): Promise<string[]> {
  const wanted = part === 'test' ? /^test(_batch)?\.bin$/ : /^(data_batch_\d+|train)\.bin$/;
  const names = (await readdir(folder)).filter((name) => wanted.test(name)).sort();
  if (names.length > 0) return names.map((name) => join(folder, name));
  throw new Failure(
    EXIT_DATA,
    `${folder}: neither pictures in folders by class nor ${part} files of CIFAR's binary version in it`,
  );
}

async function readFile(path: string): Promise<Pick<Dataset, 'count' | 'images' | 'labels'>> {
  const bytes = await readBytes(path);
  const labelBytes = [1, 2].find((n) => bytes.length > 0 && bytes.length % (n + PIXELS) === 0);
  if (labelBytes === undefined) {
    const records = `${1 + PIXELS} (CIFAR-10) or ${2 + PIXELS} (CIFAR-100)`;
    throw new Failure(
      EXIT_DATA,
      `${path}: ${bytes.length} bytes are no whole records of ${records}; copy it again`,
    );
  }
  const record = labelBytes + PIXELS;
  const count = bytes.length / record;
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    // CIFAR-100's fine label is the second.
    labels[i] = bytes[i * record + labelBytes - 1] as number;
    for (let c = 0; c < 3; c++) {
      const plane = i * record + labelBytes + c * PLANE;
      for (let p = 0; p < PLANE; p++) images[i * PIXELS + p * 3 + c] = bytes[plane + p] as number;
    }
  }
  return { count, images, labels };
}
