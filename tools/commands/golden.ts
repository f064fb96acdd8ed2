/** snn golden: remakes the golden vectors from the reference simulator; a person reads the diff before it lands. */
import type { Command } from 'commander';
import { makeGoldens } from '../golden.ts';
import { progressBar } from '../show/progress.ts';
import { writeWhole } from '../write.ts';

export function register(program: Command): void {
  program
    .command('golden', { hidden: true })
    .description('remake test/golden from the reference simulator (developers)')
    .action(async () => {
      const bar = progressBar();
      for (const { path, text } of await makeGoldens(bar.update)) {
        await writeWhole(path, text);
        console.log(path);
      }
      bar.stop();
    });
}
