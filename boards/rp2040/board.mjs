/** The RP2040 of a Pico, in the emulator rp2040js, which counts the cycles of its Cortex-M0+. */
import { join } from 'node:path';
import { cortex } from '../build/gcc.mjs';
import { emulate } from './emulate.mjs';

const KIB = 1024;

export const RP2040 = {
  id: 'rp2040',
  name: 'RP2040, Cortex-M0+',
  folder: 'rp2040',
  unit: 'cycles',
  perTick: 1,
  mhz: 125,
  memory: { flash: 0x10000000, flash_size: 2048 * KIB, ram: 0x20000000, ram_size: 264 * KIB },
  target: cortex('cortex-m0plus', 'thumbv6m'),
  wamrc: ['--target=thumbv6m', '--cpu=cortex-m0plus'],
  link: ['--crt0=hosted', ...['boot2.S', 'start.c'].map((file) => join(import.meta.dirname, file))],
  emulate,
};
