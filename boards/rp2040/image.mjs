/** A program as the RP2040's flash has it, and as a UF2 file to drag onto a Pico. */
import { readFileSync } from 'node:fs';
import { run } from '../build/program.mjs';

export const FLASH = 0x10000000;
const BOOT2_BYTES = 256;
const [PAYLOAD, BLOCK] = [256, 512];
const RP2040_FAMILY = 0xe48bff56;

/** The bytes of flash, the CRC of boot2.S in its place. */
export async function flashImage(elf) {
  const bin = elf.replace(/\.elf$/, '.bin');
  await run('arm-none-eabi-objcopy', ['-O', 'binary', elf, bin], { advice: 'binutils-arm-none-eabi' });
  const image = readFileSync(bin);
  image.writeUInt32LE(bootCrc(image.subarray(0, BOOT2_BYTES - 4)), BOOT2_BYTES - 4);
  return image;
}

/** CRC-32 as the ROM computes it: not reflected, not inverted at the end. */
export function bootCrc(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  return crc >>> 0;
}

/** https://github.com/microsoft/uf2: blocks of 512 bytes with an address and 256 bytes of data each. */
export function uf2(image) {
  const blocks = Math.ceil(image.length / PAYLOAD);
  const file = Buffer.alloc(blocks * BLOCK);
  for (let i = 0; i < blocks; i++) {
    const head = [0x0a324655, 0x9e5d5157, 0x2000, FLASH + i * PAYLOAD, PAYLOAD, i, blocks, RP2040_FAMILY];
    for (const [w, word] of head.entries()) file.writeUInt32LE(word, i * BLOCK + 4 * w);
    image.copy(file, i * BLOCK + 32, i * PAYLOAD, Math.min((i + 1) * PAYLOAD, image.length));
    file.writeUInt32LE(0x0ab16f30, (i + 1) * BLOCK - 4);
  }
  return file;
}
