/** Pictures as bytes: PNG, JPEG, PGM and PPM, told apart by what is in them. */
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { MOST_PIXELS } from '../limits.ts';
import { Failure } from '../terminal/failure.ts';
import { needParts } from '../terminal/parts.ts';
import { decodeJpeg, jpegSize } from './jpeg.ts';
import { decodePng, isPng, pngHeader } from './png.ts';
import { isPnm, parsePnm } from './pnm.ts';

export interface Picture {
  width: number;
  height: number;
  /** u8 [height][width][red, green, blue]. */
  pixels: Uint8Array;
  /** Red, green and blue are the same everywhere. */
  grey: boolean;
}

/** By its first bytes. */
export function isPicture(bytes: Uint8Array): boolean {
  return isPng(bytes) || isJpeg(bytes) || isPnm(bytes);
}

/**
 * Usually one; PGM and PPM may follow one another. `most` pixels are unpacked.
 * @throws Failure naming the file where it cannot be read as bytes
 */
export async function decodePictures(
  bytes: Uint8Array,
  path: string,
  most = MOST_PIXELS,
): Promise<Picture[]> {
  const bad = (what: string): Failure => new Failure(EXIT_DATA, `${path}: ${what}`);
  const kind = isPng(bytes) ? 'PNG' : isJpeg(bytes) ? 'JPEG' : isPnm(bytes) ? 'PGM or PPM' : undefined;
  if (kind === undefined) throw bad('not a PNG, JPEG, PGM or PPM; copy it again, or save it as one of them');
  const pictures: Picture[] = [];
  try {
    if (kind === 'PNG') {
      needParts(path, ['pngjs']);
      const header = pngHeader(bytes);
      checkSize(header, most, bad);
      // 16 bits per colour would silently lose half of them.
      if (header.depth === 16) throw bad('16 bits per colour; save it with 8');
      pictures.push(opaque(decodePng(bytes), bad));
    } else if (kind === 'JPEG') {
      needParts(path, ['@jsquash/jpeg']);
      checkSize(jpegSize(bytes), most, bad);
      pictures.push(opaque(await decodeJpeg(bytes), bad));
    } else pictures.push(...parsePnm(bytes).map(coloured));
  } catch (error) {
    if (error instanceof Failure) throw error;
    const [why] = (error as Error).message.split('\n');
    throw bad(`damaged, or a ${kind} that is not supported (${why}); copy it again, or save it anew`);
  }
  return pictures;
}

function checkSize(
  size: { width: number; height: number } | undefined,
  most: number,
  bad: (what: string) => Failure,
): void {
  if (size !== undefined && size.width * size.height > most)
    throw bad(
      `${size.height}x${size.width} pixels are too many, at most ${most} are unpacked; scale it to the size of the network`,
    );
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

function opaque(
  { width, height, data }: { width: number; height: number; data: Uint8Array | Uint8ClampedArray },
  bad: (what: string) => Failure,
): Picture {
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

function coloured({ width, height, channels, pixels }: ReturnType<typeof parsePnm>[0]): Picture {
  if (channels === 3) {
    const grey = pixels.every((v, i) => v === pixels[i - (i % 3)]);
    return { width, height, pixels, grey };
  }
  const all = new Uint8Array(3 * pixels.length);
  for (const [p, v] of pixels.entries()) all.fill(v, 3 * p, 3 * p + 3);
  return { width, height, pixels: all, grey: true };
}
