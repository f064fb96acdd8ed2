/** PNG, read by pngjs. What pngjs does not look at is checked before: it takes what is missing for zeros. */
import { createRequire } from 'node:module';
import { inflateSync } from 'node:zlib';
import type * as Pngjs from 'pngjs';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47];
/** Of the header: signature, then the chunk IHDR with width, height, bits per colour, kind of colour, interlacing. */
const HEADER_BYTES = 29;
const WIDTH = 16;
const HEIGHT = 20;
const DEPTH = 24;
const COLOUR = 25;
const INTERLACED = 28;
/** Values per pixel, by kind of colour: grey, RGB, palette, grey and alpha, RGBA. */
const VALUES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Adam7: every pass has the pixels from (x, y) on in steps of (dx, dy). */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((b, i) => bytes[i] === b);
}

export interface PngHeader {
  width: number;
  height: number;
  depth: number;
}

/** What its header says, before anything is unpacked. */
export function pngHeader(bytes: Uint8Array): PngHeader {
  if (bytes.length < HEADER_BYTES) throw new Error('cut short');
  const view = viewOf(bytes);
  return { width: view.getUint32(WIDTH), height: view.getUint32(HEIGHT), depth: view.getUint8(DEPTH) };
}

/** u8 RGBA. @throws Error with the reason */
export function decodePng(bytes: Uint8Array): { width: number; height: number; data: Uint8Array } {
  const end = checkChunks(bytes);
  // Loaded when a PNG comes along: it is not installed with ours.
  const { PNG } = createRequire(import.meta.url)('pngjs') as typeof Pngjs;
  return PNG.sync.read(Buffer.from(bytes.subarray(0, end)));
}

/** Its end: behind the chunk IEND some programs leave bytes of their own. */
function checkChunks(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  const data: Uint8Array[] = [];
  for (let at = 8, first = true; at + 12 <= bytes.length; first = false) {
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + view.getUint32(at));
    at += 12 + view.getUint32(at);
    if (at > bytes.length) break;
    // A second header would have another size.
    if ((name === 'IHDR') !== first)
      throw new Error('its header is not its first chunk, or not the only one');
    if (name === 'IDAT') data.push(content);
    if (name !== 'IEND') continue;
    checkData(Buffer.concat(data), rawBytes(view));
    return at;
  }
  throw new Error('cut short');
}

function checkData(packed: Uint8Array, expected: number): void {
  if (expected === 0) throw new Error('its header says no pixels');
  let found = 0;
  try {
    found = inflateSync(packed, { maxOutputLength: expected }).length;
  } catch (error) {
    // It stops as soon as there is more. Node's other messages tell of a wrong checksum, or of an end too early.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    throw new Error(`more than the ${expected} bytes of rows that its header says`);
  }
  if (found !== expected) throw new Error(`${found} bytes of rows, its header says ${expected}`);
}

/** Bytes of all rows before they are packed, each with the number of its filter. */
function rawBytes(view: DataView): number {
  const bits = view.getUint8(DEPTH) * (VALUES[view.getUint8(COLOUR)] ?? 0);
  const [width, height] = [view.getUint32(WIDTH), view.getUint32(HEIGHT)];
  const passes = view.getUint8(INTERLACED) === 0 ? ([[0, 0, 1, 1]] as const) : PASSES;
  let bytes = 0;
  for (const [x, y, dx, dy] of passes) {
    const columns = Math.ceil(Math.max(0, width - x) / dx);
    const rows = Math.ceil(Math.max(0, height - y) / dy);
    if (columns > 0) bytes += rows * (1 + Math.ceil((columns * bits) / 8));
  }
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
