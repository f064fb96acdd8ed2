/** snn tune: fusion and stop tables of a packed model, anew from labelled images. */
import { type Command, Option } from 'commander';
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import { checkFit, wantedBy } from '../data/fit.ts';
import { readLabelled } from '../data/read.ts';
import { pack } from '../file/pack.ts';
import { readModel } from '../file/read.ts';
import { record } from '../run/record.ts';
import { Failure } from '../terminal/failure.ts';
import { numberBetween, wholeNumber } from '../terminal/options.ts';
import { printable } from '../terminal/printable.ts';
import { progressBar } from '../terminal/progress.ts';
import type { Report } from '../terminal/stages.ts';
import { checkWritable, refuseInput, writeWhole } from '../terminal/write.ts';
import { ALPHA_METHODS, type AlphaMethod } from '../tune/alpha-methods.ts';
import type { TuneOptions } from '../tune/tune.ts';
import { unitsOfEvidence } from '../tune/units.ts';

/** What addTuneOptions adds. */
export interface TuneFlags {
  alpha: AlphaMethod;
  loss: number;
  confidence: number;
  future: number;
  stop: boolean;
  depth: boolean;
  guard: boolean;
}

interface Flags extends TuneFlags {
  out: string;
  images: string;
  labels?: string;
  skip: number;
  limit: number;
  steps?: number;
  json?: boolean;
}

/** Fewer cannot tell one table from another. */
export const LEAST_IMAGES = 100;

export function register(program: Command): void {
  const command = program
    .command('tune')
    .description('fit the fusion and the stop table of a .snn file to labelled images')
    .argument('<model>', 'a .snn file')
    .requiredOption('-o, --out <file>', 'the .snn file to write')
    .requiredOption('--images <path>', 'images used neither in training nor for testing; see docs/data.md')
    .option('--labels <path>', 'their labels, where the images carry none')
    .option('--skip <n>', 'leave out the first images', wholeNumber(0), 0)
    .option('--limit <n>', 'use at most this many images', wholeNumber(1), 5000);
  addTuneOptions(command)
    .option(
      '--steps <n>',
      'last time step (default: by these images, where spikes arrive at once)',
      wholeNumber(1),
    )
    .option('--json', 'report every stage as a line of JSON')
    .action(async (file: string, flags: Flags) => {
      await checkWritable(flags.out);
      const { bytes, model } = await readModel(file);
      const { skip, limit } = flags;
      const wanted = { skip, limit, ...wantedBy(model) };
      const data = await readLabelled(flags.images, flags.labels, 'train', wanted);
      checkFit(flags.images, data, file, model, LEAST_IMAGES);
      refuseInput(flags.out);
      if ((flags.steps ?? 1) > model.steps)
        throw new Failure(
          EXIT_USAGE,
          `--steps ${flags.steps}: ${printable(file)} has ${model.steps}; convert again for more`,
        );
      const bar = progressBar();
      let done = 0;
      // Evidence and work do not depend on the tables, so the old ones need not be taken out.
      const traces = await record({ model: bytes, images: data.images, count: data.count }, (n) => {
        done += n;
        bar.update('running the SNN', done, data.count);
      });
      bar.stop();
      const chooseSteps = flags.steps === undefined && model.timing === 'immediate';
      const options = { ...tuneOptions(flags), chooseSteps };
      const report: Report = ({ stage, text, facts }) =>
        console.log(flags.json ? JSON.stringify({ stage, ...facts }) : `${stage.padEnd(10)} ${text}`);
      const { tune } = await import('../tune/tune.ts');
      const known = model.meta.units?.length === model.exits.length ? model.meta.units : undefined;
      const units = known ?? unitsOfEvidence(traces);
      if (known === undefined && model.fusion.kind === 'membrane')
        report({
          stage: 'units',
          text: `${printable(file)} has lost the units of its exits; taken from their potentials`,
          facts: { units },
        });
      const tuned = tune({
        model: { ...model, steps: flags.steps ?? model.steps },
        traces,
        labels: data.labels,
        units,
        options,
        report,
      });
      const packed = pack(tuned);
      await writeWhole(flags.out, packed);
      if (flags.json) console.log(JSON.stringify({ stage: 'packed', file: flags.out, bytes: packed.length }));
      else console.log(`${'packed'.padEnd(10)} ${flags.out}: ${packed.length} bytes`);
    });
}

/** What fusion and stop tables are made from: the same flags for `snn convert` and `snn tune`. */
export function addTuneOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--alpha <name>',
        'tuning of the beta fusion: as the paper’s authors do, or on all images at once',
      )
        .choices(ALPHA_METHODS)
        .default('grid'),
    )
    .option('--loss <points>', 'most accuracy that stopping may cost, in points', numberBetween(0, 100), 0.3)
    .option('--confidence <p>', 'of that bound', numberBetween(0.5, 0.9999), 0.95)
    .option('--future <n>', 'images that the bound is about', wholeNumber(100), 10000)
    .option('--no-depth', 'stop in time only: never skip the layers after an early exit')
    .option('--no-guard', 'let images stop early that look unlike all of these')
    .option('--no-stop', 'no stop table: every image runs all steps');
}

export function tuneOptions(flags: TuneFlags): Omit<TuneOptions, 'chooseSteps'> {
  const { alpha, depth, guard, confidence, future } = flags;
  return {
    alpha,
    depth,
    guard,
    stop: flags.stop ? { loss: flags.loss / 100, confidence, images: future } : undefined,
  };
}
