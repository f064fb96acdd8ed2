/** `npm run paper`: the paper's experiment on networks of ours, by the authors' rules and with each choice made otherwise. */
import { basename, extname } from 'node:path';
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import type { Dataset } from '../../tools/data/dataset.ts';
import { slice } from '../../tools/data/dataset.ts';
import { mnist } from '../../tools/data/idx.ts';
import { readLabelled } from '../../tools/data/read.ts';
import { annRows } from '../../tools/eval/float-rows.ts';
import { openOnnx } from '../../tools/import/onnx/open.ts';
import { wholeNumber } from '../../tools/terminal/options.ts';
import { runProgram } from '../../tools/terminal/program.ts';
import { progressBar } from '../../tools/terminal/progress.ts';
import { readWhole } from '../../tools/terminal/read.ts';
import { table } from '../../tools/terminal/table.ts';
import { measureVariant, paperOptions, type Variant } from './measure.ts';
import { area, reach, type Saved, saved, type Way } from './reach.ts';

const NETWORKS = ['models/mnist.onnx', 'models/mnist-relu.onnx', 'models/mnist-resnet8.onnx'];
/** Of the ANN's accuracy; the paper's yardstick is the third. */
const SHARES = [0.9, 0.95, 0.97, 0.98, 0.99];
const PAPER_SHARE = 0.97;

interface Flags {
  images?: string;
  labels?: string;
  test?: string;
  testLabels?: string;
  limit: number;
  testLimit: number;
  steps: number;
  json?: boolean;
}

interface Line {
  network: string;
  pools: Variant['pools'];
  way: string;
  ann: number;
  /** Step by share of the ANN's accuracy; null where it is never reached. */
  steps: Record<string, number | null>;
  sops: number | null;
  /** At 97 %, against the final exit alone. */
  saved: Saved | null;
  /** Percent more area under accuracy over energy than the final exit's, up to its energy at 97 %. */
  area_percent: number | null;
}

await runProgram('paper', (program) => {
  program
    .description('the paper’s yardstick: energy to reach 97 % of the ANN, fused against the final exit')
    .argument('[onnx...]', 'networks with two exits or more', NETWORKS)
    .option('--images <path>', 'training images (default: MNIST’s first)')
    .option('--labels <path>', 'their labels, where the images carry none')
    .option('--test <path>', 'test images (default: MNIST’s)')
    .option('--test-labels <path>', 'their labels, where the images carry none')
    .option('--limit <n>', 'training images that tune α', wholeNumber(500), 10000)
    .option('--test-limit <n>', 'test images', wholeNumber(500), 10000)
    .option('--steps <n>', 'last time step', wholeNumber(2, 4095), 96)
    .option('--json', 'print one JSON object')
    .action(async (files: string[], flags: Flags) => {
      const train = await dataOf(flags.images, flags.labels, 'train', flags.limit);
      const test = await dataOf(flags.test, flags.testLabels, 'test', flags.testLimit);
      const lines: Line[] = [];
      for (const file of files) lines.push(...(await measured(file, train, test, flags.steps)));
      if (flags.json) console.log(JSON.stringify({ train: train.count, test: test.count, lines }, null, 2));
      else print(lines, train.count, test.count);
    });
});

async function dataOf(
  images: string | undefined,
  labels: string | undefined,
  split: 'train' | 'test',
  limit: number,
): Promise<Dataset> {
  if (images === undefined) return slice(await mnist(split), 0, limit);
  return readLabelled(images, labels, split, { skip: 0, limit });
}

async function measured(file: string, train: Dataset, test: Dataset, steps: number): Promise<Line[]> {
  const bar = progressBar();
  const bytes = await readWhole(file, EXIT_MODEL);
  const name = basename(file, extname(file));
  const ann = (await annRows(bytes, file, test, bar.update)).at(-1)?.accuracy as number;
  const lines: Line[] = [];
  for (const poolCeilings of ['map', 'means'] as const) {
    const options = { ...paperOptions(name, train.channels, steps), poolCeilings };
    const variant = await measureVariant(openOnnx(bytes, file), options, train, test, bar.update);
    const final = variant.exits.at(-1) as Way;
    for (const way of [...variant.exits, ...variant.fused])
      lines.push({ network: name, pools: poolCeilings, ann, ...figuresOf(way, final, ann) });
  }
  bar.stop();
  return lines;
}

function figuresOf(way: Way, final: Way, ann: number): Omit<Line, 'network' | 'pools' | 'ann'> {
  const steps = SHARES.map((share) => [share, reach(way, share * ann)?.step ?? null] as const);
  const wanted = PAPER_SHARE * ann;
  const end = reach(final, wanted)?.pj;
  return {
    way: way.name,
    steps: Object.fromEntries(steps),
    sops: reach(way, wanted)?.sops ?? null,
    saved: way === final ? null : (saved(way, final, wanted) ?? null),
    area_percent: way === final || end === undefined ? null : 100 * (area(way, end) / area(final, end) - 1),
  };
}

function print(lines: Line[], train: number, test: number): void {
  console.log(
    `the paper's way: robust normalization, pipelined, single spikes, v0 = 0; α from ${train} training images; steps to a share of the ANN's accuracy on ${test} test images`,
  );
  for (const network of new Set(lines.map((l) => l.network))) {
    const own = lines.filter((l) => l.network === network);
    console.log(`\n${network}, ANN ${(100 * (own[0]?.ann as number)).toFixed(2)} %\n`);
    const heads = [...SHARES.map((s) => `${100 * s} %`), 'energy saved at 97 %', 'SOPs saved', 'area'];
    console.log(
      table(
        [
          { head: 'pools by', align: 'left' },
          { head: 'answer', align: 'left' },
          ...heads.map((head) => ({ head })),
        ],
        own.map(rowOf),
      ),
    );
  }
}

function rowOf({ pools, way, steps, saved: gain, area_percent }: Line): string[] {
  const [low, high] = gain?.interval ?? [];
  const range = low === undefined ? '' : ` (${low.toFixed(0)} to ${(high as number).toFixed(0)})`;
  return [
    pools,
    way,
    ...SHARES.map((share) => String(steps[share] ?? '–')),
    gain === null ? '–' : `${gain.energy.toFixed(1)} %${range}`,
    gain === null ? '–' : `${gain.sops.toFixed(1)} %`,
    area_percent === null ? '–' : `${area_percent < 0 ? '−' : '+'}${Math.abs(area_percent).toFixed(1)} %`,
  ];
}
