/** `npm run promise`: whether stopping keeps its promise, what it is worth where none is given, and how sure is sure. */
import { load } from '../../host/node.ts';
import { type Dataset, slice } from '../../tools/data/dataset.ts';
import { checkFit, wantedBy } from '../../tools/data/fit.ts';
import { mnistTest } from '../../tools/data/idx.ts';
import { readLabelled } from '../../tools/data/read.ts';
import { evaluate } from '../../tools/eval/recorded.ts';
import { readModel } from '../../tools/file/read.ts';
import { MODELS, type Shipped, shippedModel } from '../../tools/file/shipped.ts';
import { wholeNumber } from '../../tools/terminal/options.ts';
import { runProgram } from '../../tools/terminal/program.ts';
import { type Progress, progressBar } from '../../tools/terminal/progress.ts';
import { table } from '../../tools/terminal/table.ts';
import { decideAll } from '../../tools/tune/stop.ts';
import { unitsOfEvidence } from '../../tools/tune/units.ts';
import { areaUnderRoc, calibrationError } from './confidence.ts';
import { checkGuards, type ShiftFigures } from './guarded.ts';
import { type BoundFigures, checkBounds } from './splits.ts';

const LOSSES = [0.001, 0.003, 0.01, 0.03];
const CONFIDENCE = 0.95;
/** Fewer leave no half that could certify anything. */
const LEAST_IMAGES = 500;

interface Flags {
  images?: string;
  labels?: string;
  limit: number;
  shiftedLimit: number;
  splits: number;
  json?: boolean;
}

interface Figures {
  model: string;
  images: number;
  /** The whole run's accuracy and SOPs, that losses and savings are against. */
  whole: { accuracy: number; sops: number };
  promises: BoundFigures[];
  /** Of the answers that the engine gives, stopping. */
  calibration_error: number;
  /** Per exit in the first step: how well the margin tells right from wrong. */
  roc: (number | null)[];
  shifted_images: number;
  shifts: ShiftFigures[];
}

await runProgram('promise', (program) => {
  program
    .description('stop tables on images that they were not made from, certified anew in random splits')
    .argument('[models...]', '.snn files (default: the two MNIST networks that stop)')
    .option('--images <path>', 'test images (default: MNIST’s)')
    .option('--labels <path>', 'their labels, where the images carry none')
    .option('--limit <n>', 'use at most this many images', wholeNumber(LEAST_IMAGES), 10000)
    .option('--shifted-limit <n>', 'and of them for each shift', wholeNumber(100), 2000)
    .option('--splits <n>', 'random halves, one certifies and one tests', wholeNumber(2, 10000), 100)
    .option('--json', 'print one JSON object')
    .action(async (files: string[], flags: Flags) => {
      const models = files.length === 0 ? await shipped() : await Promise.all(files.map(given));
      const all: Figures[] = [];
      const bar = progressBar();
      for (const model of models) {
        const data = await dataOf(model, flags);
        all.push(await figuresOf(model, data, flags, bar.update));
      }
      bar.stop();
      if (flags.json) console.log(JSON.stringify(all, null, 2));
      else all.forEach(print);
    });
});

type Named = Shipped & { file: string };

async function shipped(): Promise<Named[]> {
  const names = [MODELS.default, MODELS.single];
  return Promise.all(names.map(async (file) => ({ file, ...(await shippedModel(file)) })));
}

async function given(file: string): Promise<Named> {
  return { file, ...(await readModel(file)) };
}

async function dataOf({ file, model }: Named, flags: Flags): Promise<Dataset> {
  const wanted = { skip: 0, limit: flags.limit, ...wantedBy(model) };
  const data =
    flags.images === undefined
      ? await mnistTest(flags.limit)
      : await readLabelled(flags.images, flags.labels, 'test', wanted);
  checkFit(flags.images ?? 'MNIST', data, file, model, LEAST_IMAGES);
  return data;
}

async function figuresOf(named: Named, data: Dataset, flags: Flags, progress: Progress): Promise<Figures> {
  const evaluated = await evaluate(named, data, progress);
  const { model, traces } = evaluated;
  const units = model.meta.units ?? unitsOfEvidence(traces);
  const images = data.count - Math.floor(data.count / 2);
  const goals = LOSSES.map((loss) => ({ loss, confidence: CONFIDENCE, images }));
  const promises = checkBounds(evaluated, units, goals, flags.splits, (n) =>
    progress(`${named.file}, splits`, n, flags.splits),
  );
  const { accuracy, sops } = evaluated.curves.fused;
  const few = slice(data, 0, flags.shiftedLimit);
  return {
    model: named.file,
    images: data.count,
    whole: { accuracy: accuracy.at(-1) as number, sops: sops.at(-1) as number },
    promises,
    calibration_error: await calibrationOf(named, data),
    roc: rocOf(named, evaluated.traces, data.labels),
    shifted_images: few.count,
    shifts: await checkGuards(named, few, progress),
  };
}

async function calibrationOf({ bytes }: Named, { images, labels, count }: Dataset): Promise<number> {
  const net = await load(bytes);
  const size = images.length / count;
  return calibrationError(
    Array.from({ length: count }, (_, i) => {
      const answer = net.classify(images.subarray(i * size, (i + 1) * size));
      return { confidence: answer.confidence, right: answer.class === labels[i] };
    }),
  );
}

function rocOf(
  { model }: Named,
  traces: Parameters<typeof decideAll>[1],
  labels: Uint8Array,
): Figures['roc'] {
  const { classes, margins, steps, stages } = decideAll(model, traces);
  return model.exits.map((_, stage) => {
    const at = (image: number): number => image * steps * stages + stage;
    const images = Array.from(labels, (_, i) => i);
    const right = images.map((i) => classes[at(i)] === labels[i]);
    return (
      areaUnderRoc(
        images.map((i) => margins[at(i)] as number),
        right,
      ) ?? null
    );
  });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function thousands(sops: number): string {
  return `${(sops / 1000).toFixed(0)} k`;
}

function print(f: Figures): void {
  console.log(
    `\n${f.model}, ${f.images} images: all steps ${percent(f.whole.accuracy)}, ${thousands(f.whole.sops)} SOPs\n`,
  );
  const rows = f.promises.map((p) => [
    `${100 * p.loss} points`,
    p.certified === 0 ? 'too few images' : `${p.held} of ${p.certified}`,
    ...(p.certified === 0 ? ['–', '–'] : [p.mean_loss_points.toFixed(3), p.worst_loss_points.toFixed(3)]),
    p.mean_steps.toFixed(3),
    thousands(p.mean_sops),
  ]);
  const heads = [`held, of ${f.promises[0]?.splits} splits`, 'mean loss', 'worst', 'steps', 'SOPs'];
  console.log(table([{ head: 'promised at 95 %', align: 'left' }, ...heads.map((head) => ({ head }))], rows));
  const roc = f.roc.map((area) => (area === null ? '–' : area.toFixed(3))).join(', ');
  console.log(
    `\nexpected calibration error ${percent(f.calibration_error)}; area under the ROC of the margins, exit by exit in step 1: ${roc}`,
  );
  console.log(`\nthe first ${f.shifted_images} images, worse:\n`);
  const shifts = f.shifts.map((s) => [
    s.shift,
    percent(s.whole),
    percent(s.stopped),
    thousands(s.sops),
    percent(s.unusual),
    percent(s.unguarded),
    thousands(s.unguarded_sops),
  ]);
  const columns = ['all steps', 'stopping', 'SOPs', 'unusual', 'without guards', 'SOPs'];
  console.log(table([{ head: '', align: 'left' }, ...columns.map((head) => ({ head }))], shifts));
}
