/** One PNG or JPEG picture as bytes. */
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';

export interface Picture {
  width: number;
  height: number;
  /** u8 [height][width][red, green, blue]. */
  pixels: Uint8Array;
  /** Red, green and blue are the same everywhere. */
  grey: boolean;
}

export function isPicture(name: string): boolean {
  return /\.(png|jpe?g)$/i.test(name);
}

/** @throws Failure naming the file where it is damaged, transparent, or finer than bytes. */
export function decodePicture(bytes: Uint8Array, path: string): Picture {
  const bad = (what: string): Failure => new Failure(EXIT_DATA, `${path}: ${what}`);
  const isPng = /\.png$/i.test(path);
  let found: { width: number; height: number; data: Uint8Array };
  try {
    const buffer = Buffer.from(bytes);
    // 16 bits per colour would silently lose half of them.
    if (isPng && buffer[24] === 16) throw bad('16 bits per colour; save it with 8');
    found = isPng ? PNG.sync.read(buffer) : jpeg.decode(buffer, { useTArray: true, formatAsRGBA: true });
  } catch (error) {
    if (error instanceof Failure) throw error;
    const [why] = (error as Error).message.split('\n');
    throw bad(`not a ${isPng ? 'PNG' : 'JPEG'}, or damaged (${why}); copy it again`);
  }
  const { width, height, data } = found;
  const pixels = new Uint8Array(width * height * 3);
  let grey = true;
  for (let p = 0; p < width * height; p++) {
    const [r, g, b, alpha] = data.subarray(4 * p, 4 * p + 4) as unknown as [number, number, number, number];
    if (alpha !== 255) throw bad('is transparent; save it without an alpha channel');
    grey &&= r === g && g === b;
    pixels.set([r, g, b], 3 * p);
  }
  return { width, height, pixels, grey };
}
