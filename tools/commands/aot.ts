/** snn aot: the engine with memory for a model, compiled ahead of time for a chip. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import { readModel } from '../file/read.ts';
import { Failure } from '../terminal/failure.ts';
import { startFirmware } from '../terminal/firmware.ts';
import { checkNewFolder, checkWritable } from '../terminal/write.ts';

interface Flags {
  target: string;
  out: string;
  unchecked?: boolean;
  xip?: boolean;
  elsewhere?: boolean;
}

export function register(program: Command): void {
  program
    .command('aot')
    .description('compile the engine for a model ahead of time: machine code for WAMR, or C by wasm2c')
    .argument('<model>', 'a .snn file')
    .addOption(
      new Option('--target <chip>', 'what for')
        .choices(['thumbv7em', 'thumbv6m', 'riscv32', 'c'])
        .makeOptionMandatory(),
    )
    .requiredOption('-o, --out <file>', 'the .aot file to write; for c a folder that does not exist')
    .option('--unchecked', 'without bounds checks: the engine proves its ranges when it opens the model')
    .option('--xip', 'code that stays in flash; needs a current WAMR')
    .option('--elsewhere', 'no room for the model, which the host has read in place; needs a current WAMR')
    .action(async (model: string, flags: Flags) => {
      await readModel(model);
      if (flags.target === 'c' && flags.xip)
        throw new Failure(EXIT_USAGE, '--xip is for machine code; leave it out with --target c');
      await (flags.target === 'c' ? checkNewFolder(flags.out) : checkWritable(flags.out));
      startFirmware('aot', { ...flags, model: resolve(model), out: resolve(flags.out) });
    });
}
