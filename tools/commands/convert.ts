/** snn convert: ONNX → .snn */
import { basename, extname } from 'node:path';
import { type Command, Option } from 'commander';
import { MAX_BURST } from '../../assembly/shared/limits.ts';
import { EXIT_MODEL, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { type ChannelOrder, normalizationOfPixels } from '../convert/channels.ts';
import { withPictures } from '../convert/flat-input.ts';
import { levelsOf } from '../convert/levels.ts';
import type { ConvertOptions } from '../convert/options.ts';
import { type Point, pointsToTry } from '../convert/points.ts';
import { checkFit, classesOf, wantedBy } from '../data/fit.ts';
import { readLabelled } from '../data/read.ts';
import { externalReader } from '../import/onnx/external.ts';
import type { Ann } from '../network.ts';
import { Failure } from '../terminal/failure.ts';
import { names, numberBetween, numbers, wholeNumber } from '../terminal/options.ts';
import { progressBar } from '../terminal/progress.ts';
import { readWhole } from '../terminal/read.ts';
import { checkWritable, refuseInput, writeWhole } from '../terminal/write.ts';
import { addTuneOptions, LEAST_IMAGES, type TuneFlags, tuneOptions } from './tune.ts';

interface Flags extends TuneFlags {
  out: string;
  images: string;
  labels?: string;
  skip: number;
  limit: number;
  method?: 'qcfs' | 'robust' | 'light';
  order: ChannelOrder;
  bits: number;
  percentile: number;
  timing: 'immediate' | 'pipelined';
  readout: 'spikes' | 'membrane';
  burst?: number;
  steps?: number;
  start?: number;
  poolNeurons: boolean;
  poolCeilings?: 'map' | 'means';
  narrow: boolean;
  mean?: number[];
  std?: number[];
  classes?: string[] | undefined;
  paper?: boolean;
  json?: boolean;
  force: boolean;
}

/** The paper's own choices, all at once. */
const PAPER = {
  method: 'robust',
  timing: 'pipelined',
  readout: 'spikes',
  burst: 1,
  start: 0,
  stop: false,
  poolNeurons: true,
  narrow: false,
} as const;

export function register(program: Command): void {
  const command = program
    .command('convert')
    .description('turn a trained ONNX network, with one output per exit, into a .snn file')
    .argument('<onnx>', 'the trained network')
    .requiredOption('-o, --out <file>', 'the .snn file to write')
    .requiredOption(
      '--images <path>',
      'calibration images not used in training: IDX, CIFAR’s binary files, a folder of PNG or JPEG by class, .npy, .npz',
    )
    .option('--labels <path>', 'their labels, where the images are IDX or .npy')
    .option('--skip <n>', 'leave out the first images', wholeNumber(0), 0)
    .option('--limit <n>', 'use at most this many images', wholeNumber(1), 5000)
    .addOption(
      new Option('--method <name>', 'where thresholds come from: training, or calibration')
        .choices(['qcfs', 'light', 'robust'])
        .default(undefined, 'qcfs where the network has levels, else light'),
    )
    .option('--percentile <p>', 'of the robust normalization', numberBetween(50, 100), 99.9)
    .addOption(
      new Option('--timing <name>', 'when a layer sees spikes')
        .choices(['immediate', 'pipelined'])
        .default('immediate'),
    )
    .addOption(
      new Option('--readout <name>', 'what an exit tells')
        .choices(['spikes', 'membrane'])
        .default('membrane'),
    )
    .option(
      '--burst <k>',
      'most spikes of a neuron per step (default: the QCFS levels, by calibration for light, 1 for robust)',
      wholeNumber(1, MAX_BURST),
    )
    .option('--bits <n>', 'per weight; the image’s layer and the classifiers keep 8', wholeNumber(2, 8), 8)
    .option('--steps <n>', 'last time step (default: by calibration)', wholeNumber(1, 4095))
    .option('--start <share>', 'start value in thresholds (default: 0.5, 0 for robust)', numberBetween(0, 1))
    .option('--pool-neurons', 'IF neurons after global average pools, as in the paper', false)
    .addOption(
      new Option(
        '--pool-ceilings <name>',
        'what robust normalizes them by (default: means, map for --paper)',
      ).choices(['map', 'means']),
    )
    .option('--no-narrow', 'keep all membranes at 32 bits')
    .option('--mean <list>', 'normalization in training: per channel, of pixels scaled to 0..1', numbers)
    .option('--std <list>', 'likewise', numbers)
    .addOption(
      new Option('--order <name>', 'in which training saw colours; --mean and --std in the same order')
        .choices(['rgb', 'bgr'])
        .default('rgb'),
    )
    .option('--classes <names>', 'names of the classes in the order of training, with commas', names)
    .option('--paper', 'all of the paper’s choices: robust, pipelined, spikes, v0 = 0, pool neurons, no stop')
    .option('--force', 'convert although the network seems to know nothing of the images', false)
    .option('--json', 'report every stage as a line of JSON');
  addTuneOptions(command).action(async (file: string, given: Flags) => {
    const flags: Flags = given.paper ? { ...given, ...PAPER } : given;
    await checkWritable(flags.out);
    const onnx = await readWhole(file, EXIT_MODEL);
    const { openOnnx } = await import('../import/onnx/open.ts');
    const source = openOnnx(onnx, file, externalReader(file));
    const { skip, limit, classes } = flags;
    checkClasses(file, classes, source.network);
    const wanted = { ...wantedBy(source.network), skip, limit, classes, rename: true };
    const data = await readLabelled(flags.images, flags.labels, 'train', wanted);
    const network = withPictures(source.network, [data.channels, data.height, data.width]);
    checkFit(flags.images, data, file, network, LEAST_IMAGES);
    const options = chooseOptions(file, { ...flags, classes: classes ?? data.classes }, network);
    refuseInput(flags.out);
    const { convert } = await import('../convert/convert.ts');
    const bar = progressBar();
    let done = 0;
    const { bytes } = await convert(
      { ...source, network },
      data,
      options,
      (stage) => {
        bar.stop();
        if (flags.json) console.log(JSON.stringify({ stage: stage.stage, ...stage.facts }));
        else console.log(`${stage.stage.padEnd(10)} ${stage.text}`);
      },
      (n) => {
        done += n;
        bar.update('running the SNN', done, data.count);
      },
    );
    bar.stop();
    await writeWhole(flags.out, bytes);
    if (flags.json) console.log(JSON.stringify({ stage: 'packed', file: flags.out, bytes: bytes.length }));
    else console.log(`${'packed'.padEnd(10)} ${flags.out}: ${bytes.length} bytes`);
  });
}

function checkClasses(file: string, classes: string[] | undefined, network: Ann): void {
  const count = classesOf(network);
  if (classes !== undefined && classes.length !== count)
    throw new Failure(
      EXIT_USAGE,
      `--classes: ${classes.length} names, ${file} has ${count} classes; give one for each, in the order of training`,
    );
}

function chooseOptions(file: string, flags: Flags, network: Ann): ConvertOptions {
  const [channels] = network.input;
  const levels = levelsOf(network);
  const method = flags.method ?? (levels === undefined ? 'light' : 'qcfs');
  const mean = flags.mean ?? new Array<number>(channels).fill(0);
  const std = flags.std ?? new Array<number>(channels).fill(1);
  if (
    mean.length !== channels ||
    std.length !== channels ||
    std.some((s) => s <= 0) ||
    mean.some((m) => m < 0 || m > 1)
  ) {
    throw new Failure(
      EXIT_USAGE,
      `--mean and --std: ${file} has ${channels} channels; give one mean in 0..1 and one positive std for each (those of 0..255 divided by 255)`,
    );
  }
  const large = std.find((s) => s > 1);
  if (large !== undefined && !flags.force)
    throw new Failure(
      EXIT_USAGE,
      `--std ${large}: more than 1 in pixels of 0..1, so it is of pixels in 0..255; divide it by 255: ${(large / 255).toFixed(4)}`,
    );
  const isSlow = method === 'robust' || flags.timing === 'pipelined';
  const burst = flags.burst ?? { qcfs: levels ?? 1, light: undefined, robust: 1 }[method];
  const points = pointsToTry(burst, flags.steps);
  return {
    ...flags,
    ...(points[0] as Point),
    points,
    method,
    findSteps: flags.steps === undefined && isSlow,
    name: basename(file, extname(file)),
    labels: flags.classes ?? [],
    poolCeilings: flags.poolCeilings ?? (flags.paper ? 'map' : 'means'),
    start: flags.start ?? (method === 'robust' ? 0 : 0.5),
    ...tuneOptions(flags),
    chooseSteps: false,
    normalization: normalizationOfPixels({ mean, std }, flags.order),
  };
}
