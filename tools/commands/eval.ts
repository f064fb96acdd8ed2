/** snn eval: accuracy, steps and work of a model on labelled images. */
import type { Command } from 'commander';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import type { Dataset } from '../data/dataset.ts';
import { checkFit, wantedBy } from '../data/fit.ts';
import { readLabelled } from '../data/read.ts';
import { countImages } from '../eval/count.ts';
import { imagesOfShard, parseShard, type Shard } from '../eval/images.ts';
import { catchInterrupt, EXIT_INTERRUPTED } from '../eval/interrupt.ts';
import { identify, type Result, resultJson, resultText, sha256 } from '../eval/result.ts';
import { factsOf } from '../eval/tally.ts';
import { readModel } from '../file/read.ts';
import { Failure } from '../terminal/failure.ts';
import { wholeNumber } from '../terminal/options.ts';
import { progressBar } from '../terminal/progress.ts';
import { checkWritable, refuseInput, writeWhole } from '../terminal/write.ts';

interface Flags {
  images: string;
  labels?: string;
  skip: number;
  limit?: number;
  shard?: Shard;
  threads?: number;
  json?: boolean;
  out?: string;
}

export function register(program: Command): void {
  program
    .command('eval')
    .description('accuracy, time steps, SOPs and energy of every exit, of the fusion and of stopping')
    .argument('<model>', 'a .snn file')
    .requiredOption(
      '--images <path>',
      'test images: IDX, CIFAR’s binary files, a folder of PNG or JPEG by class, .npy, .npz',
    )
    .option('--labels <path>', 'their labels, where the images are IDX or .npy')
    .option('--skip <n>', 'leave out the first images', wholeNumber(0), 0)
    .option('--limit <n>', 'use at most this many images', wholeNumber(1))
    .option(
      '--shard <i/n>',
      'only every n-th image, from the i-th on; snn merge joins the shards',
      parseShard,
    )
    .option('--threads <n>', 'worker threads (default: one per core)', wholeNumber(1, 1024))
    .option('--json', 'print one JSON object')
    .option('-o, --out <file>', 'write the JSON object to this file, whole or not at all')
    .action(async (file: string, flags: Flags) => {
      if (flags.out !== undefined) await checkWritable(flags.out);
      const { bytes, model } = await readModel(file);
      const data = await readLabelled(flags.images, flags.labels, 'test', wantedBy(model));
      checkFit(flags.images, data, file, model);
      const [first, end] = rangeOf(data, flags);
      const shard = flags.shard ?? { index: 1, of: 1 };
      const images = imagesOfShard(first, end, shard);
      if (images.count === 0) {
        throw new Failure(
          EXIT_DATA,
          `--shard ${shard.index}/${shard.of}: there are only ${end - first} images; make fewer shards`,
        );
      }
      if (flags.out !== undefined) refuseInput(flags.out);

      const identity = identify(data, flags.images, flags.labels);
      const bar = progressBar();
      const interrupt = catchInterrupt(() => {
        bar.stop();
        if (process.stderr.isTTY) console.error('finishing the images that run; Ctrl-C again ends at once');
      });
      const onProgress = (n: number): void => bar.update(model.meta.name, n, images.count);
      onProgress(0);
      const { tally, done } = await countImages({ bytes, model }, data, images, {
        threads: flags.threads,
        signal: interrupt.signal,
        onProgress,
      });
      bar.stop();
      if (done === 0) throw new Failure(EXIT_INTERRUPTED, 'interrupted before the first image was done');
      const result: Result = {
        model: file,
        model_sha256: sha256(bytes),
        data: identity,
        range: [first, end],
        shard: flags.shard ?? null,
        wanted: images.count,
        ranges: [{ ...images, count: done }],
        network: factsOf(model),
        sums: tally,
      };
      await printResult(result, flags, 'interrupted');
      interrupt.release();
      if (done < images.count) process.exitCode = EXIT_INTERRUPTED;
    });
}

/** The JSON object to --out, where that is given; to the terminal what is asked for. */
export async function printResult(
  result: Result,
  { json, out }: { json?: boolean; out?: string },
  reason: string,
): Promise<void> {
  if (out !== undefined) await writeWhole(out, `${resultJson(result)}\n`);
  if (json !== true) console.log(resultText(result, reason));
  else if (out === undefined) console.log(resultJson(result));
}

/** What --skip and --limit leave: the first image, and the first after the last. */
function rangeOf(data: Dataset, { skip, limit, images }: Flags): [first: number, end: number] {
  if (skip < data.count) return [skip, Math.min(data.count, skip + (limit ?? data.count))];
  throw new Failure(EXIT_DATA, `${images}: no images left after --skip ${skip}; skip fewer`);
}
