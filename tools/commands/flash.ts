/** snn flash: a model as firmware of a board, on the board or in its emulator. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readModel } from '../file/read.ts';
import { startFirmware } from '../terminal/firmware.ts';
import { wholeNumber } from '../terminal/options.ts';
import { checkWritable } from '../terminal/write.ts';

interface Flags {
  runtime: string;
  copied?: boolean;
  emulate?: boolean;
  listen?: boolean;
  data?: string;
  limit: number;
  out?: string;
}

export function register(program: Command): void {
  program
    .command('flash')
    .description('build firmware with a model inside, for a board or its emulator')
    .argument('<board>', 'stm32f405, rp2040, esp32c3; emulated only: an385, an386, an500, an547, riscv')
    .argument('<model>', 'a .snn file')
    .option('--runtime <name>', 'wasm2c, wasm2c-unchecked, aot, xip, wamr, wamr-classic, wasm3', 'wasm2c')
    .option('--copied', 'copy the model into RAM, also where the runtime could read it in flash')
    .option('--emulate', 'run it here and print the answers')
    .option('--listen', 'firmware that takes images over its UART: snn send')
    .option('--data <images>', 'images to put into the firmware; a test pattern without')
    .option('--limit <n>', 'use at most this many images', wholeNumber(1), 1)
    .option('-o, --out <file>', 'where the firmware goes: .elf, .uf2 for the RP2040, .bin for the ESP32-C3')
    .action(async (board: string, model: string, flags: Flags) => {
      await readModel(model);
      const path = (file: string | undefined): string | undefined => file && resolve(file);
      const { data, out } = flags;
      if (out !== undefined) await checkWritable(out);
      startFirmware('flash', { ...flags, board, model: resolve(model), data: path(data), out: path(out) });
    });
}
