/** Labelled images in memory, whatever file they came from. */
import { gunzipSync } from 'node:zlib';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { mostUnpacked } from '../limits.ts';
import { Failure } from '../terminal/failure.ts';
import { readWhole } from '../terminal/read.ts';

/** Images with their right answers, for calibration and evaluation. */
export interface Dataset {
  count: number;
  height: number;
  width: number;
  channels: number;
  /** u8 [image][height][width][channel]. */
  images: Uint8Array;
  labels: Uint8Array;
  /** Names of the classes, where the source has them. */
  classes?: string[];
  /** Where every image came from, of pictures. */
  files?: string[];
}

/** `count` images from `first` on, as views. */
export function slice(data: Dataset, first: number, count: number): Dataset {
  const size = data.images.length / data.count;
  const end = Math.min(data.count, first + count);
  return {
    ...data,
    count: Math.max(0, end - first),
    images: data.images.subarray(first * size, end * size),
    labels: data.labels.subarray(first, end),
    ...(data.files === undefined ? {} : { files: data.files.slice(first, end) }),
  };
}

/** A data file, unpacked if it is gzipped. */
export async function readBytes(path: string): Promise<Uint8Array> {
  const bytes = await readWhole(path, EXIT_DATA);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const most = mostUnpacked(bytes.length);
  try {
    return new Uint8Array(gunzipSync(bytes, { maxOutputLength: most }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new Failure(EXIT_DATA, `${path}: unpacks to more than ${most} bytes; give it unpacked`);
    throw new Failure(EXIT_DATA, `${path}: damaged gzip; copy it again`);
  }
}
