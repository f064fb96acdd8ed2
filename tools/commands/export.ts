/** snn export: a model and the engine as a C library, for those who want no Wasm runtime. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { readModel } from '../file/read.ts';
import { startFirmware } from '../terminal/firmware.ts';
import { checkNewFolder } from '../terminal/write.ts';

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
      await checkNewFolder(folder);
      const data = flags.data === undefined ? undefined : resolve(flags.data);
      startFirmware('export', { folder: resolve(folder), model: resolve(model), build: flags.for, data });
    });
}
