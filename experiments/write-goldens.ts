/** `npm run golden`: remakes the golden vectors from the reference simulator; a person reads the diff before it lands. */
import { runProgram } from '../tools/terminal/program.ts';
import { progressBar } from '../tools/terminal/progress.ts';
import { writeWhole } from '../tools/terminal/write.ts';
import { makeGoldens } from './golden.ts';

await runProgram('golden', (program) => {
  program.description('remake test/golden from the reference simulator (developers)').action(async () => {
    const bar = progressBar();
    for (const { path, text } of await makeGoldens(bar.update)) {
      await writeWhole(path, text);
      console.log(path);
    }
    bar.stop();
  });
});
