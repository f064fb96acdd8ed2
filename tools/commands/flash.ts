/** snn flash: a model as firmware of a board, on the board or in its emulator. boards/flash.mjs builds it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import { readModel } from '../file/read.ts';
import { Failure } from '../terminal/failure.ts';
import { wholeNumber } from '../terminal/options.ts';

interface Flags {
  runtime: string;
  copied?: boolean;
  emulate?: boolean;
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
    .option('--data <images>', 'images to put into the firmware; a test pattern without')
    .option('--limit <n>', 'use at most this many images', wholeNumber(1), 1)
    .option('-o, --out <file>', 'where the firmware goes: .elf, .uf2 for the RP2040, .bin for the ESP32-C3')
    .action(async (board: string, model: string, flags: Flags) => {
      await readModel(model);
      const root = dirname(createRequire(import.meta.url).resolve('snn.wasm/package.json'));
      const builder = resolve(root, 'boards', 'flash.mjs');
      if (!existsSync(builder))
        throw new Failure(EXIT_USAGE, 'flash needs a clone of the repository: boards/ is not in the package');
      const path = (file: string | undefined): string | undefined => file && resolve(file);
      const job = { ...flags, board, model: resolve(model), data: path(flags.data), out: path(flags.out) };
      const run = spawnSync(process.execPath, [builder, JSON.stringify(job)], {
        cwd: root,
        encoding: 'utf8',
      });
      if (run.status !== 0) throw new Failure(run.status ?? EXIT_USAGE, run.stderr.trim());
      process.stdout.write(run.stdout);
    });
}
