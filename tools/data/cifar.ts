/**
 * The binary version of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): records of one label byte (CIFAR-100: coarse, then
 * fine) and 3×32×32 bytes, a plane per colour. A path may be one .bin file or a folder of them.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';
import { type Dataset, readBytes } from './dataset.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const PIXELS = 3 * PLANE;

const TEST_FILES = /^test(_batch)?\.bin$/;
const TRAIN_FILES = /^(data_batch_\d+|train)\.bin$/;
/** Of CIFAR-100, the coarse ones. */
const SUPERCLASSES = 20;

/** A file of that ending, or of whole records and none of the other formats' beginnings: it has none of its own. */
export function isCifar(path: string, bytes: Uint8Array): boolean {
  const isIdx = bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 8;
  return path.endsWith('.bin') || (!isIdx && labelBytes(bytes) !== undefined);
}

/** A folder that holds such files. */
export async function isCifarFolder(path: string): Promise<boolean> {
  return (await readdir(path)).some((name) => TEST_FILES.test(name) || TRAIN_FILES.test(name));
}

/**
 * `part` picks the training or the test files of a folder; CIFAR-100's coarse labels are for a network of as many
 * `outputs`. `content`, if `path` is a file that was read already.
 */
export async function readCifar(
  path: string,
  part: 'train' | 'test',
  outputs?: number,
  content?: Uint8Array,
): Promise<Dataset> {
  const isFile = content !== undefined || path.endsWith('.bin');
  const files = isFile ? [path] : await filesOf(path, part);
  const sets = await Promise.all(
    files.map(async (file) => readRecords(file, content ?? (await readBytes(file)), outputs)),
  );
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
  const wanted = part === 'test' ? TEST_FILES : TRAIN_FILES;
  const names = (await readdir(folder)).filter((name) => wanted.test(name)).sort();
  if (names.length > 0) return names.map((name) => join(folder, name));
  throw new Failure(
    EXIT_DATA,
    `${folder}: no ${part} files of CIFAR's binary version in it; copy them there`,
  );
}

/** How many a record has: 1 in CIFAR-10, 2 in CIFAR-100. */
function labelBytes(bytes: Uint8Array): number | undefined {
  return [1, 2].find((n) => bytes.length > 0 && bytes.length % (n + PIXELS) === 0);
}

function readRecords(
  path: string,
  bytes: Uint8Array,
  outputs: number | undefined,
): Pick<Dataset, 'count' | 'images' | 'labels'> {
  const before = labelBytes(bytes);
  if (before === undefined) {
    const records = `${1 + PIXELS} (CIFAR-10) or ${2 + PIXELS} (CIFAR-100)`;
    throw new Failure(
      EXIT_DATA,
      `${path}: ${bytes.length} bytes are no whole records of ${records}; copy it again`,
    );
  }
  const record = before + PIXELS;
  const count = bytes.length / record;
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    // CIFAR-100's fine label is the second.
    labels[i] = bytes[i * record + (outputs === SUPERCLASSES ? 0 : before - 1)] as number;
    for (let c = 0; c < 3; c++) {
      const plane = i * record + before + c * PLANE;
      for (let p = 0; p < PLANE; p++) images[i * PIXELS + p * 3 + c] = bytes[plane + p] as number;
    }
  }
  return { count, images, labels };
}
