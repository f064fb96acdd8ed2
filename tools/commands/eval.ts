/** snn eval: accuracy, steps and work of a model on labelled images. */
import type { Command } from 'commander';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { slice } from '../data/dataset.ts';
import { readLabelled } from '../data/read.ts';
import type { Row } from '../evaluate.ts';
import { Failure } from '../failure.ts';
import { evaluate } from '../figures.ts';
import { wholeNumber } from '../options.ts';
import { readModel } from '../read-model.ts';
import { progressBar } from '../show/progress.ts';
import { short, table } from '../show/table.ts';

export function register(program: Command): void {
  program
    .command('eval')
    .description('accuracy, time steps, SOPs and energy of every exit, of the fusion and of stopping')
    .argument('<model>', 'a .snn file')
    .requiredOption('--images <path>', 'test images: IDX, or CIFAR’s binary files')
    .option('--labels <idx>', 'their labels, where the images are IDX')
    .option('--skip <n>', 'leave out the first images', wholeNumber(0), 0)
    .option('--limit <n>', 'use at most so many images', wholeNumber(1))
    .option('--json', 'print one JSON object')
    .action(
      async (
        file: string,
        flags: { images: string; labels?: string; skip: number; limit?: number; json?: boolean },
      ) => {
        const { bytes, model } = await readModel(file);
        const all = await readLabelled(flags.images, flags.labels, 'test');
        const data = slice(all, flags.skip, flags.limit ?? all.count);
        const [c, h, w] = model.input;
        if (data.height !== h || data.width !== w || data.channels !== c) {
          throw new Failure(
            EXIT_DATA,
            `${flags.images}: images are ${data.height}x${data.width}x${data.channels}, ${file} takes ${h}x${w}x${c}; convert them first`,
          );
        }
        if (data.count === 0)
          throw new Failure(
            EXIT_DATA,
            `${flags.images}: no images left after --skip ${flags.skip}; skip fewer`,
          );
        const bar = progressBar();
        const result = await evaluate({ bytes, model }, data, bar.update);
        bar.stop();
        const { early, final, fused, stopped } = result;
        const rows: [string, Row][] = [
          ['intermediate exit only', early],
          ['final exit only', final],
          ['fused', fused],
          ['fused, stopping per image', stopped],
        ];
        // With one exit there is nothing to fuse.
        if (model.exits.length === 1)
          rows.splice(0, 4, ['all steps', final], ['stopping per image', stopped]);
        if (flags.json)
          console.log(JSON.stringify({ model: file, images: data.count, early, final, fused, stopped }));
        else console.log(rowsTable(rows));
      },
    );
}

/** Rows of results as people read them. */
export function rowsTable(rows: [string, Row][]): string {
  const cells = rows.map(([name, r]) => [
    name,
    `${(100 * r.accuracy).toFixed(2)} %`,
    r.steps === 0 ? '–' : r.steps.toFixed(2),
    r.sops === 0 ? '–' : short(r.sops),
    `${(r.energy_pj / 1e6).toFixed(2)} µJ`,
  ]);
  return table(
    [
      { head: '', align: 'left' },
      { head: 'accuracy' },
      { head: 'steps' },
      { head: 'SOPs' },
      { head: 'energy' },
    ],
    cells,
  );
}
