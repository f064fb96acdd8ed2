/** snn run: classify images in Node, one line each. */
import type { Command } from 'commander';
import { load } from '../../host/node.ts';
import { checkFit } from '../data/fit.ts';
import { readUnlabelled } from '../data/read.ts';
import { readModel } from '../file/read.ts';
import { wholeNumber } from '../terminal/options.ts';

export function register(program: Command): void {
  program
    .command('run')
    .description('classify images, one line each')
    .argument('<model>', 'a .snn file')
    .argument('<images>', 'IDX, CIFAR’s binary files, a folder of PNG or JPEG by class, .npy or .npz')
    .option('--skip <n>', 'leave out the first images', wholeNumber(0), 0)
    .option('--limit <n>', 'use at most this many images', wholeNumber(1))
    .option('--json', 'one JSON object per line')
    .action(async (file: string, path: string, flags: { skip: number; limit?: number; json?: boolean }) => {
      const { bytes, model } = await readModel(file);
      const net = await load(bytes);
      const [c, h, w] = model.input;
      const data = await readUnlabelled(path, c);
      checkFit(path, data, file, model);
      const end = Math.min(data.count, flags.skip + (flags.limit ?? data.count));
      for (let i = flags.skip; i < end; i++) {
        const answer = net.classify(data.images.subarray(i * c * h * w, (i + 1) * c * h * w));
        const percent = (100 * answer.confidence).toFixed(1);
        if (flags.json) console.log(JSON.stringify({ image: i, ...answer }));
        else
          console.log(
            `${String(i).padStart(6)}  ${answer.label.padEnd(8)}  step ${String(answer.steps).padStart(4)}  exit ${answer.exit}  ${percent.padStart(5)} %`,
          );
      }
    });
}
