/** The RP2040 of a Pico, in the emulator rp2040js, which counts the cycles of its Cortex-M0+. */
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cortex } from '../build/gcc.mjs';
import { run } from '../build/program.mjs';
import { TARGETS } from '../build/wamrc.mjs';
import { emulate, listen } from './emulate.mjs';
import { flashImage, uf2 } from './image.mjs';

const KIB = 1024;

export const RP2040 = {
  id: 'rp2040',
  name: 'RP2040, Cortex-M0+',
  folder: 'rp2040',
  unit: 'cycles',
  perTick: 1,
  mhz: 125,
  ticksPerUs: 125,
  uart: { kind: 'pl011', at: 0x40034000 },
  memory: { flash: 0x10000000, flash_size: 2048 * KIB, ram: 0x20000000, ram_size: 264 * KIB },
  target: cortex('cortex-m0plus', 'thumbv6m'),
  wamrc: TARGETS.thumbv6m,
  link: ['--crt0=hosted', ...['boot2.S', 'start.c'].map((file) => join(import.meta.dirname, file))],
  emulate,
  listen,
  image: async (elf) => ({ name: 'firmware.uf2', bytes: uf2(await flashImage(elf)) }),
  flash: async (file) => {
    const disk = DISKS.flatMap(foldersIn).find((folder) => basename(folder) === 'RPI-RP2');
    if (disk === undefined) {
      await run('picotool', ['load', '-x', file], {
        advice: 'picotool, or hold BOOTSEL while you plug the Pico in; its disk RPI-RP2 is not mounted',
      });
    } else copyFileSync(file, join(disk, 'firmware.uf2'));
    return 'flashed; its answers are on GPIO 0, 115,200 baud';
  },
};

/** Where systems mount a Pico in its boot loader. */
const DISKS = ['/media', `/media/${process.env.USER}`, `/run/media/${process.env.USER}`, '/Volumes'];

function foldersIn(folder) {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}
