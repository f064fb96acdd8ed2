/** Images and labels from NumPy: `.npy` arrays, or a `.npz` archive that holds both. */

import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import type * as Fflate from 'fflate';
import { EXIT_DATA, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { mostUnpacked } from '../limits.ts';
import { Failure } from '../terminal/failure.ts';
import { needParts } from '../terminal/parts.ts';
import { type Dataset, readBytes } from './dataset.ts';
import { type NumpyArray, parseNpy } from './npy.ts';

/** Names that people give their arrays, best first; `part` is put before or after. */
const IMAGE_NAMES = ['images', 'x', 'data', 'arr_0'];
const LABEL_NAMES = ['labels', 'y', 'targets', 'target', 'arr_1'];

/** An array, or a ZIP archive of some; a damaged one still has its name. */
export function isNumpy(path: string, bytes: Uint8Array): boolean {
  return isArchive(path, bytes) || path.endsWith('.npy') || (bytes[0] === 0x93 && bytes[1] === 0x4e);
}

function isArchive(path: string, bytes: Uint8Array): boolean {
  return path.endsWith('.npz') || (bytes[0] === 0x50 && bytes[1] === 0x4b);
}

/** `labels` names a `.npy` file; an archive has its own. */
export async function readNumpy(
  path: string,
  bytes: Uint8Array,
  labels: string | undefined,
  part: 'train' | 'test',
): Promise<Dataset> {
  if (isArchive(path, bytes)) {
    if (labels !== undefined)
      throw new Failure(EXIT_USAGE, `--labels: ${path} holds its labels; leave the option out`);
    const arrays = readArchive(path, bytes);
    const images = imagesOf(pick(arrays, IMAGE_NAMES, part, path), path);
    return withLabels(images, pick(arrays, LABEL_NAMES, part, path), path);
  }
  const images = imagesOf(parseNpy(bytes, path), path);
  if (labels === undefined)
    throw new Failure(EXIT_USAGE, `--labels: ${path} has images only; name the .npy of their labels`);
  return withLabels(images, parseNpy(await readBytes(labels), labels), labels);
}

export function readNumpyImages(path: string, bytes: Uint8Array): Omit<Dataset, 'labels'> {
  if (!isArchive(path, bytes)) return imagesOf(parseNpy(bytes, path), path);
  return imagesOf(pick(readArchive(path, bytes), IMAGE_NAMES, 'test', path), path);
}

/** Arrays by name, not parsed yet: those that nobody asks for may be of any type. */
function readArchive(path: string, bytes: Uint8Array): Map<string, Uint8Array> {
  needParts(path, ['fflate']);
  const { unzipSync } = createRequire(import.meta.url)('fflate') as typeof Fflate;
  const most = mostUnpacked(bytes.length);
  let files: Record<string, Uint8Array>;
  let unpacked = 0;
  try {
    files = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        if (!name.endsWith('.npy')) return false;
        // Both are what the archive says; fflate makes room for the latter.
        unpacked += Math.max(size, originalSize);
        if (unpacked > most)
          throw new Failure(
            EXIT_DATA,
            `${path}: unpacks to more than ${most} bytes; save it with numpy.savez`,
          );
        return true;
      },
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(EXIT_DATA, `${path}: not a .npz archive, or damaged; write it with numpy.savez`);
  }
  const damaged = damagedFile(bytes, files);
  if (damaged !== undefined)
    throw new Failure(
      EXIT_DATA,
      `${path}: ${damaged} is damaged (its CRC-32 is wrong or missing); copy it again`,
    );
  return new Map(Object.entries(files).map(([name, content]) => [name.slice(0, -4), content]));
}

// Signatures of a ZIP archive: the end of its directory, and each entry there.
const DIRECTORY_END = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

/** The first file that the archive's directory has no CRC-32 for, or another one; fflate does not look. */
function damagedFile(archive: Uint8Array, files: Record<string, Uint8Array>): string | undefined {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.length);
  const unchecked = new Map(Object.entries(files));
  let end = archive.length - 22;
  while (end > 0 && view.getUint32(end, true) !== DIRECTORY_END) end--;
  for (let at = view.getUint32(end + 16, true); at + 46 <= end; ) {
    if (view.getUint32(at, true) !== DIRECTORY_ENTRY) break;
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    // As fflate reads it: UTF-8 where the entry says so.
    const isUtf8 = (view.getUint16(at + 8, true) & 0x800) !== 0;
    const name = Buffer.from(archive.subarray(at + 46, nameEnd)).toString(isUtf8 ? 'utf8' : 'latin1');
    const content = unchecked.get(name);
    if (content !== undefined && crc32(content) !== view.getUint32(at + 16, true)) return name;
    unchecked.delete(name);
    at = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return [...unchecked.keys()][0];
}

function pick(arrays: Map<string, Uint8Array>, names: string[], part: string, path: string): NumpyArray {
  const tried = names.flatMap((name) => [`${name}_${part}`, `${part}_${name}`]).concat(names);
  const found = tried.find((name) => arrays.has(name));
  if (found !== undefined) return parseNpy(arrays.get(found) as Uint8Array, `${path} (${found}.npy)`);
  const there = [...arrays.keys()].join(', ') || 'nothing';
  throw new Failure(EXIT_DATA, `${path}: none of ${names.join(', ')} in it, but ${there}; rename the array`);
}

/** [N, H, W], [N, H, W, C] or [N, C, H, W] of bytes; of floats only where they are bytes, scaled to 0..1 or not. */
function imagesOf({ dtype, shape, values }: NumpyArray, path: string): Omit<Dataset, 'labels'> {
  const bad = (what: string): Failure => new Failure(EXIT_DATA, `${path}: ${what}`);
  const [count = 0, a = 0, b = 0, c = 1] = shape;
  const isColours = (n: number): boolean => n === 1 || n === 3;
  if (shape.length < 3 || shape.length > 4 || count * a * b * c === 0)
    throw bad(`an array of ${shape.join('x') || 'one value'}, not images; save [N, height, width, channels]`);
  const first = shape.length === 4 && isColours(a);
  if (shape.length === 4 && isColours(a) === isColours(c))
    throw bad(
      `which axis of ${shape.join('x')} has the colours? save [N, height, width, channels], 1 or 3 of them`,
    );
  const bytes = toBytes(values);
  if (bytes === undefined)
    throw bad(`values of ${dtype} that are no bytes; save uint8, and give --mean and --std to snn convert`);
  if (!first) return { count, height: a, width: b, channels: c, images: bytes };
  const images = new Uint8Array(bytes.length);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < a; k++) {
      const plane = (i * a + k) * b * c;
      for (let p = 0; p < b * c; p++) images[(i * b * c + p) * a + k] = bytes[plane + p] as number;
    }
  }
  return { count, height: b, width: c, channels: a, images };
}

function toBytes(values: Uint8Array | Float64Array): Uint8Array | undefined {
  if (values instanceof Uint8Array) return values;
  // 1 is white in one scale and nearly black in the other: only the greatest value tells.
  const scale = values.every((v) => v >= 0 && v <= 1) ? 255 : 1;
  const near = (v: number): boolean => Math.abs(v * scale - Math.round(v * scale)) < 1e-3;
  if (!values.every((v) => v >= 0 && v * scale <= 255.001 && near(v))) return undefined;
  return Uint8Array.from(values, (v) => Math.round(v * scale));
}

function withLabels(images: Omit<Dataset, 'labels'>, labels: NumpyArray, path: string): Dataset {
  const { shape, values } = labels;
  const flat = shape.length === 1 || (shape.length === 2 && shape[1] === 1);
  if (!flat || shape[0] !== images.count)
    throw new Failure(
      EXIT_DATA,
      `${path}: labels of ${shape.join('x')} for ${images.count} images; save one number for each`,
    );
  const wrong = values.findIndex((v) => !Number.isInteger(v) || v < 0 || v > 255);
  if (wrong >= 0)
    throw new Failure(
      EXIT_DATA,
      `${path}: label ${values[wrong]} of image ${wrong}; use whole numbers 0 to 255`,
    );
  return { ...images, labels: Uint8Array.from(values) };
}
