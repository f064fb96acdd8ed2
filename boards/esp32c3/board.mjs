/** The ESP32-C3: the code of boards/riscv, linked for its flash windows, as an image. No emulator here has the chip. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { esptool } from '../build/esptool.mjs';
import { RV32 } from '../build/gcc.mjs';
import { TARGETS } from '../build/wamrc.mjs';

const KIB = 1024;
/** Where the application lies in flash, behind boot loader and partition table. */
const APPLICATION = '0x10000';
const own = (file) => join(import.meta.dirname, file);

export const ESP32C3 = {
  id: 'esp32c3',
  name: 'ESP32-C3, rv32imc',
  folder: 'esp32c3',
  unit: 'cycles',
  perTick: 1,
  mhz: 160,
  ticksPerUs: 160,
  uart: { kind: 'esp32c3', at: 0x60000000 },
  memory: { flash: 0x3c000020, flash_size: 4096 * KIB, ram: 0x3fc80000, ram_size: 320 * KIB },
  target: RV32,
  wamrc: TARGETS.riscv32,
  link: ['-nostartfiles', own('start.c'), '-T', own('esp32c3.ld')],
  image,
  flash: async (file) => {
    await esptool(['--chip', 'esp32c3', 'write_flash', APPLICATION, file]);
    return `flashed at ${APPLICATION}; its answers are on UART 0, 115,200 baud`;
  },
};

/** An application for Espressif's boot loader; throws where esptool does not find it whole. */
async function image(elf) {
  const bin = elf.replace(/elf$/, 'bin');
  const chip = ['--chip', 'esp32c3'];
  await esptool([...chip, 'elf2image', '--flash_mode', 'dio', '--flash_size', '4MB', '-o', bin, elf]);
  const said = await esptool([...chip, 'image_info', '--version', '2', bin]);
  if (!/Checksum: .* \(valid\)\nValidation hash: .* \(valid\)/.test(said))
    throw new Error(`esptool: ${said}`);
  return { name: 'firmware.bin', bytes: readFileSync(bin) };
}
