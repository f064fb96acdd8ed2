/** PNG chunk by chunk, so that header and data need not fit. */
import { crc32, deflateSync } from 'node:zlib';

export function chunk(name: string, content: Uint8Array): Uint8Array {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(content.length);
  numbers.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([numbers.subarray(0, 4), named, numbers.subarray(4)]);
}

export function header(width: number, height: number, interlaced = 0): Uint8Array {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(width);
  bytes.writeUInt32BE(height, 4);
  bytes[8] = 8;
  bytes[12] = interlaced;
  return chunk('IHDR', bytes);
}

export const END = chunk('IEND', new Uint8Array(0));
export const png = (...chunks: Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat([Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), ...chunks]));
export const data = (raw: Uint8Array): Uint8Array => chunk('IDAT', deflateSync(raw));
