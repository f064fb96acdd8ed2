/** PNG, read by pngjs. */
import { createRequire } from 'node:module';
import type * as Pngjs from 'pngjs';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47];
/** Of the header: signature, then the chunk IHDR with width, height and bits per colour. */
const WIDTH = 16;
const HEIGHT = 20;
const DEPTH = 24;

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((b, i) => bytes[i] === b);
}

/** What its header says, before anything is unpacked. */
export function pngHeader(bytes: Uint8Array): { width: number; height: number; depth: number } {
  if (bytes.length <= DEPTH) throw new Error('cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { width: view.getUint32(WIDTH), height: view.getUint32(HEIGHT), depth: view.getUint8(DEPTH) };
}

/** u8 RGBA. @throws Error with pngjs's reason */
export function decodePng(bytes: Uint8Array): { width: number; height: number; data: Uint8Array } {
  // Loaded when a PNG comes along: it is not installed with ours.
  const { PNG } = createRequire(import.meta.url)('pngjs') as typeof Pngjs;
  return PNG.sync.read(Buffer.from(bytes.subarray(0, endOf(bytes))));
}

/** Behind the chunk IEND, where some programs leave bytes of their own that pngjs does not skip. */
function endOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const next = at + 12 + view.getUint32(at);
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === 'IEND') return next;
    at = next;
  }
  return bytes.length;
}
