/** ONNX → `.snn`: every stage in order, each reporting what it lost. */
import { FUSE_GAIN_BITS } from '../../assembly/shared/format.ts';
import { EXIT_DATA, EXIT_MODEL } from '../../assembly/shared/status.ts';
import { Failure } from '../failure.ts';
import type { Ann } from '../import/ann.ts';
import { importOnnx } from '../import/graph.ts';
import type { Model } from '../model.ts';
import type { Activation, Network } from '../network.ts';
import { pack } from '../pack.ts';
import { record } from '../record.ts';
import { forward, simulateFloat } from '../reference/float.ts';
import { type MembraneRange, simulate } from '../reference/simulate.ts';
import { argmax, evidenceOf, selectImages, type Traces } from '../traces.ts';
import { type AlphaMethod, tuneAlpha } from '../tune/alpha.ts';
import { calibrateStop, decideAll, type StopGoal, stopOf } from '../tune/stop.ts';
import { tuneWeights } from '../tune/weights.ts';
import { type BuildOptions, build, narrowMembranes } from './build.ts';
import { separatePools } from './pooling.ts';
import { robustCeilings, trainedCeilings } from './thresholds.ts';

export interface ConvertOptions extends BuildOptions {
  method: 'qcfs' | 'robust';
  /** Percentile of the robust normalization, 99.9 in the paper. */
  percentile: number;
  alpha: AlphaMethod;
  /** Undefined: no stop table, every image runs all steps. */
  stop: StopGoal | undefined;
  /** IF neurons behind every global average pool, as in the paper's networks. */
  poolNeurons: boolean;
  /** 16-bit membranes where the range seen in calibration fits twice. */
  narrow: boolean;
}

/** Labelled images to calibrate with: u8 [image][height][width][channel]. */
export interface Calibration {
  images: Uint8Array;
  labels: Uint8Array;
  count: number;
}

/** What a stage of the conversion reports: a line for people, the same facts for machines. */
export interface Stage {
  stage: string;
  text: string;
  facts: Record<string, unknown>;
}

/** Images for the stages that run in slow, plain code. */
const SLOW_IMAGES = 200;
const RANGE_IMAGES = 16;
const NORMALIZATION_BATCH = 500;
/** Share of the calibration images that fits weights and temperatures; the rest certifies the stop table. */
const FIT_SHARE = 0.2;

export async function convert(
  onnx: Uint8Array,
  file: string,
  data: Calibration,
  options: ConvertOptions,
  report: (stage: Stage) => void,
  onProgress?: (images: number) => void,
): Promise<{ bytes: Uint8Array; model: Model }> {
  const imported = importOnnx(onnx, file);
  const network = options.poolNeurons ? separatePools(imported.network) : imported.network;
  checkData(network, data, file);
  const { Ann } = await import('../import/ann.ts');

  const ann = await reportAnn(await Ann.open(onnx), network, data, options, report);
  const few = Math.min(SLOW_IMAGES, data.count);
  reportFolded(network, data, few, options, imported.folded, ann.logits, report);

  const ceilings = await findCeilings(network, options, file, async (tensors) => {
    const batch = Math.min(NORMALIZATION_BATCH, data.count);
    return (
      await (await Ann.open(onnx, { tensors })).run(floatPixels(network, data, 0, batch, options), batch)
    ).tensors;
  });
  const built = build(network, ceilings, options);
  report({
    stage: 'weights',
    text: `int8 weights: ${built.weightErrors.map((w) => `${w.layer} ${(100 * w.error).toFixed(2)} %`).join(', ')} of their RMS lost`,
    facts: { weightErrors: built.weightErrors, ceilings },
  });
  reportFloatSpiking(
    network,
    data,
    Math.max(20, Math.floor((few * 4) / Math.max(4, options.steps))),
    built.amplitudes,
    options,
    report,
  );

  built.model.meta.units = built.units;
  let model = options.narrow ? narrow(built.model, data, report) : built.model;

  const traces = await record({ model: pack(model), images: data.images, count: data.count }, onProgress);
  reportIntegers(model, traces, data.labels, report);
  model = tune(model, traces, data.labels, built.units, options, report);
  return { bytes: pack(model), model };
}

function checkData(network: Network, data: Calibration, file: string): void {
  const [c, h, w] = network.input;
  if (data.count < 100) {
    throw new Failure(
      EXIT_DATA,
      `${data.count} calibration images are too few; give at least 100, better 5000`,
    );
  }
  if (data.images.length !== data.count * c * h * w) {
    const size = data.images.length / data.count;
    throw new Failure(
      EXIT_DATA,
      `calibration images have ${size} values each, ${file} takes ${h}x${w}x${c}; use images of that shape`,
    );
  }
  const classes = network.layers[network.exits[0] as number]?.shape[0] as number;
  const wrong = data.labels.findIndex((l) => l >= classes);
  if (wrong >= 0) {
    throw new Failure(
      EXIT_DATA,
      `label ${data.labels[wrong]} of image ${wrong} is not one of the ${classes} classes of ${file}; check the labels file`,
    );
  }
  const other = network.exits.find((e) => network.layers[e]?.shape[0] !== classes);
  if (other !== undefined) {
    throw new Failure(
      EXIT_MODEL,
      `${file}: exits have ${classes} and ${network.layers[other]?.shape[0]} classes; train them with the same classes`,
    );
  }
}

/** [n][channel][y][x], normalised as the network was trained. */
function floatPixels(
  network: Network,
  data: Calibration,
  first: number,
  count: number,
  options: ConvertOptions,
): Float32Array {
  const [c, h, w] = network.input;
  const out = new Float32Array(count * c * h * w);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < h * w; p++) {
      for (let k = 0; k < c; k++) {
        const pixel = data.images[((first + i) * h * w + p) * c + k] as number;
        out[(i * c + k) * h * w + p] =
          (pixel / 255 - (options.normalization.mean[k] as number)) /
          (options.normalization.std[k] as number);
      }
    }
  }
  return out;
}

async function reportAnn(
  ann: Ann,
  network: Network,
  data: Calibration,
  options: ConvertOptions,
  report: (stage: Stage) => void,
): Promise<{ logits: Float32Array[] }> {
  const classes = network.layers[network.exits[0] as number]?.shape[0] as number;
  const logits = network.exits.map(() => new Float32Array(data.count * classes));
  for (let first = 0; first < data.count; first += 100) {
    const count = Math.min(100, data.count - first);
    const { exits } = await ann.run(floatPixels(network, data, first, count, options), count);
    exits.forEach((values, e) => {
      logits[e]?.set(values, first * classes);
    });
  }
  const accuracy = logits.map((l) =>
    accuracyOf(data.labels, data.count, (i) => l.subarray(i * classes, (i + 1) * classes)),
  );
  report({
    stage: 'ann',
    text: `float ANN: ${percent(accuracy)} (exits, earliest first) on ${data.count} images`,
    facts: { accuracy, images: data.count },
  });
  return { logits };
}

function reportFolded(
  network: Network,
  data: Calibration,
  few: number,
  options: ConvertOptions,
  folded: string[],
  logits: Float32Array[],
  report: (stage: Stage) => void,
): void {
  const final = network.exits.at(-1) as number;
  const classes = network.layers[final]?.shape[0] as number;
  let difference = 0;
  const outputs = Array.from({ length: few }, (_, i) => {
    const outs = forward(network, imageOf(data, i), options.normalization);
    const mine = outs[final] as Float64Array;
    mine.forEach((v, k) => {
      difference = Math.max(difference, Math.abs(v - (logits.at(-1)?.[i * classes + k] as number)));
    });
    return outs;
  });
  const accuracy = network.exits.map((e) =>
    accuracyOf(data.labels, few, (i) => outputs[i]?.[e] as Float64Array),
  );
  report({
    stage: 'folded',
    text: `${folded.length} batch normalizations folded: ${percent(accuracy)} on ${few} images, logits within ${difference.toExponential(1)}`,
    facts: { folded, accuracy, images: few, difference },
  });
}

async function findCeilings(
  network: Network,
  options: ConvertOptions,
  file: string,
  activations: (tensors: string[]) => Promise<Map<string, Float32Array>>,
): Promise<number[]> {
  const isExit = (i: number): boolean => network.exits.includes(i);
  const trained = trainedCeilings(network);
  const missing = network.layers.find(
    (l, i) =>
      options.method === 'qcfs' && !isExit(i) && !hasCeiling(l.activation) && l.synapses[0]?.kind !== 'pool',
  );
  if (missing !== undefined) {
    throw new Failure(
      EXIT_MODEL,
      `${file}: node "${missing.name}" has no QCFS or clipped activation; convert with --method robust`,
    );
  }
  const tensors = [...new Set(network.layers.map((l) => l.tensor))];
  const outputs = await activations(tensors);
  const robust = robustCeilings(
    network,
    (i) => outputs.get(network.layers[i]?.tensor as string) as Float32Array,
    options.percentile,
  );
  const ceilings = network.layers.map((l, i) => {
    const own = options.method === 'qcfs' && !isExit(i) && hasCeiling(l.activation);
    return own ? (trained[i] as number) : (robust[i] as number);
  });
  const dead = ceilings.findIndex((c) => !(c > 0));
  if (dead >= 0) {
    throw new Failure(
      EXIT_DATA,
      `${file}: node "${network.layers[dead]?.name}" is silent on the calibration images; calibrate with real data`,
    );
  }
  return ceilings;
}

function hasCeiling(activation: Activation): boolean {
  return activation.kind === 'qcfs' || activation.kind === 'clip';
}

function reportFloatSpiking(
  network: Network,
  data: Calibration,
  few: number,
  amplitude: number[],
  options: ConvertOptions,
  report: (stage: Stage) => void,
): void {
  const right = Array.from({ length: options.steps }, () => 0);
  for (let i = 0; i < few; i++) {
    const neurons = { ...options, amplitude };
    let step = 0;
    for (const evidence of simulateFloat(
      network,
      imageOf(data, i),
      options.normalization,
      neurons,
      options.steps,
    )) {
      if (argmax(evidence.at(-1) as Float64Array) === data.labels[i])
        right[step] = (right[step] as number) + 1;
      step++;
    }
  }
  const accuracy = right.map((r) => r / few);
  report({
    stage: 'spiking',
    text: `float spikes: final exit ${sampleSteps(accuracy)} on ${few} images`,
    facts: { accuracy, images: few },
  });
}

/** 16-bit membranes where calibration shows room; the model as it was where 32 bits are asked for. */
function narrow(model: Model, data: Calibration, report: (stage: Stage) => void): Model {
  const ranges = model.layers.map(() => ({ drive: 0, peak: 0 }));
  for (let i = 0; i < Math.min(RANGE_IMAGES, data.count); i++) {
    for (const step of simulate(model, imageOf(data, i))) {
      step.ranges.forEach((r, l) => {
        const range = ranges[l] as MembraneRange;
        range.drive = Math.min(range.drive, r.drive);
        range.peak = Math.max(range.peak, r.peak);
      });
    }
  }
  const { layers, room } = narrowMembranes(model, ranges);
  const shown = layers.map(
    (l, i) => `${l.membraneBits}${l.membraneBits === 16 ? ` (room ${(room[i] as number).toFixed(1)}x)` : ''}`,
  );
  report({
    stage: 'membranes',
    text: `membranes in bits: ${shown.join(', ')}`,
    facts: { bits: layers.map((l) => l.membraneBits), room },
  });
  return { ...model, layers };
}

function reportIntegers(
  model: Model,
  traces: Traces,
  labels: Uint8Array,
  report: (stage: Stage) => void,
): void {
  const accuracy = model.exits.map((_, e) =>
    Array.from({ length: traces.steps }, (_, s) =>
      accuracyOf(labels, traces.images, (i) => evidenceOf(traces, i, s + 1, e)[e] as Int32Array),
    ),
  );
  report({
    stage: 'integers',
    text: `integer spikes: final exit ${sampleSteps(accuracy.at(-1) as number[])} on ${traces.images} images`,
    facts: { accuracy, images: traces.images },
  });
}

function tune(
  model: Model,
  traces: Traces,
  labels: Uint8Array,
  units: number[],
  options: ConvertOptions,
  report: (stage: Stage) => void,
): Model {
  const split = Math.floor(traces.images * FIT_SHARE);
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  // Without a stop table nothing has to be certified, so all images may fit.
  const fit = options.stop === undefined ? traces : selectImages(traces, range(0, split));
  const fused: Model = { ...model, fusion: tuneFusion(fit, labels, units, options, report) };
  const rest = options.stop === undefined ? traces : selectImages(traces, range(split, traces.images));
  const restLabels = options.stop === undefined ? labels : labels.subarray(split);
  const decisions = decideAll(fused, rest);
  const last = traces.exits - 1;
  const at = (step: number): number =>
    range(0, rest.images).filter(
      (i) => decisions.classes[(i * traces.steps + step) * traces.exits + last] === restLabels[i],
    ).length / rest.images;
  const accuracy = range(0, traces.steps).map(at);
  report({
    stage: 'fused',
    text: `fused: ${sampleSteps(accuracy)} on ${rest.images} images`,
    facts: { accuracy, images: rest.images },
  });
  if (options.stop === undefined) return fused;

  const stop = calibrateStop(fused, rest, restLabels, options.stop);
  const stops = range(0, rest.images).map((i) => stopOf(fused, decisions, stop.rows, i));
  const right = stops.filter((s, i) => s.class === restLabels[i]).length / rest.images;
  const steps = stops.reduce((n, s) => n + s.step, 0) / rest.images;
  report({
    stage: 'stop',
    text: `stopping at ${stop.bits} bits of odds: ${(100 * right).toFixed(2)} % in ${steps.toFixed(2)} steps, ${stop.harmed} of ${stop.images} images harmed`,
    facts: {
      bits: stop.bits,
      harmed: stop.harmed,
      images: stop.images,
      accuracy: right,
      steps,
      goal: options.stop,
    },
  });
  return { ...fused, stop: stop.rows };
}

function tuneFusion(
  traces: Traces,
  labels: Uint8Array,
  units: number[],
  options: ConvertOptions,
  report: (stage: Stage) => void,
): Model['fusion'] {
  if (options.readout === 'current') {
    const rows = tuneWeights(traces, labels, units);
    const shown = rows.map((row) => (row.at(-1)?.weights ?? []).map((w) => (w / 256).toFixed(2)).join('/'));
    report({
      stage: 'weights of exits',
      text: `exits weigh ${shown.join(', ')} at step 1..${rows.length}, temperature in ${FUSE_GAIN_BITS} bits`,
      facts: { rows },
    });
    return { kind: 'current', rows };
  }
  const alpha = tuneAlpha(traces, labels, options.burst, options.alpha);
  const shown = alpha.map((knots) =>
    knots
      .filter((_, i) => i % Math.ceil(knots.length / 8) === 0)
      .map((k) => `${k.step}:${k.alpha / 16}`)
      .join(' '),
  );
  report({
    stage: 'alpha',
    text: `α by ${options.alpha}: ${shown.join(' | ')} (step:α)`,
    facts: { alpha, method: options.alpha },
  });
  return { kind: 'beta', alpha };
}

function imageOf(data: Calibration, i: number): Uint8Array {
  const size = data.images.length / data.count;
  return data.images.subarray(i * size, (i + 1) * size);
}

export function accuracyOf(
  labels: ArrayLike<number>,
  count: number,
  scores: (image: number) => ArrayLike<number>,
): number {
  let right = 0;
  for (let i = 0; i < count; i++) if (argmax(scores(i)) === labels[i]) right++;
  return right / count;
}

function percent(values: number[]): string {
  return values.map((v) => `${(100 * v).toFixed(2)} %`).join(' / ');
}

/** A few steps of a curve, in words. */
function sampleSteps(accuracy: number[]): string {
  const steps = [1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 512, 1024].filter((s) => s < accuracy.length);
  return [...steps, accuracy.length]
    .map((s) => `${(100 * (accuracy[s - 1] as number)).toFixed(2)} % at step ${s}`)
    .join(', ');
}
