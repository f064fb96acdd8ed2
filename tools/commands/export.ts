/** snn export: a model and the engine as a C library, for those who want no Wasm runtime. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import { readModel } from '../file/read.ts';
import { Failure } from '../terminal/failure.ts';
import { startFirmware } from '../terminal/firmware.ts';

interface Flags {
  for: string;
  data?: string;
}

export function register(program: Command): void {
  program
    .command('export')
    .description('write a C library with the model in it, for Arduino, ESP-IDF, Zephyr or CMake')
    .argument('<folder>', 'where it goes; must not exist')
    .argument('<model>', 'a .snn file')
    .addOption(
      new Option('--for <build>', 'whose manifest it gets')
        .choices(['arduino', 'esp-idf', 'zephyr', 'cmake'])
        .makeOptionMandatory(),
    )
    .option('--data <images>', 'the first of these is the self-test’s image; a test pattern without')
    .action(async (folder: string, model: string, flags: Flags) => {
      await readModel(model);
      if (existsSync(folder))
        throw new Failure(EXIT_USAGE, `${folder}: is there already; name another folder`);
      const data = flags.data === undefined ? undefined : resolve(flags.data);
      startFirmware('export', { folder: resolve(folder), model: resolve(model), build: flags.for, data });
    });
}
