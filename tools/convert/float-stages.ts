/** The float side of a conversion: the network as it was trained, the folded network, and the spiking one in floats. */
import { EXIT_DATA, EXIT_MODEL } from '../../assembly/shared/status.ts';
import type { FloatRuntime, Source } from '../import/source.ts';
import { type Activation, type Ann, type FloatNeurons, isPool, type Layer } from '../network.ts';
import { forward } from '../reference/float.ts';
import { simulateFloat } from '../reference/float-spiking.ts';
import { argmax } from '../run/traces.ts';
import { Failure } from '../terminal/failure.ts';
import { ofImages, percent, type Report, sampleSteps } from '../terminal/stages.ts';
import { accuracyOf, type Calibration, floatPixels, imageOf, shareRight } from './calibration.ts';
import type { ConvertOptions } from './options.ts';
import { checkPlausible } from './plausible.ts';
import { type Activations, lightCeilings, robustCeilings, trainedCeilings } from './thresholds.ts';

/** What the network as it was trained says of the calibration images. */
export interface FloatStage {
  /** Per exit [image][class]; undefined where no other program than ours can run the network. */
  logits: Float32Array[] | undefined;
  /** Of the final exit. */
  accuracy: number | undefined;
  /** Of the first `batch` images. */
  activations: Activations;
}

export async function floatStage(
  source: Source,
  network: Ann,
  data: Calibration,
  batch: number,
  options: ConvertOptions,
  report: Report,
): Promise<FloatStage> {
  const names = [...new Set(network.layers.map((l) => l.tensor))];
  const runtime = await source.openFloat?.(names);
  if (runtime === undefined)
    return {
      logits: undefined,
      accuracy: undefined,
      activations: ownActivations(network, data, batch, options),
    };
  try {
    const { logits, accuracy } = await runAnn(runtime, source.file, network, data, options, report);
    const { tensors } = await runtime.run(floatPixels(network, data, 0, batch, options), batch, names);
    return {
      logits,
      accuracy,
      activations: (i) => tensors.get(network.layers[i]?.tensor as string) as Float32Array,
    };
  } finally {
    await runtime.close();
  }
}

async function runAnn(
  ann: FloatRuntime,
  file: string,
  network: Ann,
  data: Calibration,
  options: ConvertOptions,
  report: Report,
): Promise<{ logits: Float32Array[]; accuracy: number }> {
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
    text: `the trained network in floats, by ONNX Runtime: ${percent(accuracy)} right${byExit(accuracy)} on ${data.count} images`,
    facts: { accuracy, images: data.count },
  });
  const final = accuracy.at(-1) as number;
  if (!options.force)
    await checkPlausible(ann, network, data, final, logits.at(-1) as Float32Array, options, file);
  return { logits, accuracy: final };
}

/** The same by our own simulator in doubles. */
function ownActivations(
  network: Ann,
  data: Calibration,
  batch: number,
  { normalization }: ConvertOptions,
): Activations {
  const images = Array.from({ length: batch }, (_, i) => forward(network, imageOf(data, i), normalization));
  return (layer) => {
    // By its tensor, which of a pool is the map that it pools.
    const l = network.layers.findIndex(({ tensor }) => tensor === network.layers[layer]?.tensor);
    const [channels, height, width] = (network.layers[l] as Layer).shape;
    const positions = height * width;
    // [y][x][channel] → [channel][y][x]
    return Float32Array.from({ length: batch * channels * positions }, (_, at) => {
      const i = at % (channels * positions);
      const outputs = images[Math.floor(at / (channels * positions))]?.[l] as Float64Array;
      return outputs[(i % positions) * channels + Math.floor(i / positions)] as number;
    });
  };
}

export function foldedStage(
  network: Ann,
  data: Calibration,
  few: number,
  options: ConvertOptions,
  folded: string[],
  logits: Float32Array[] | undefined,
  report: Report,
): void {
  const final = network.exits.at(-1) as number;
  const classes = network.layers[final]?.shape[0] as number;
  let difference = 0;
  const outputs = Array.from({ length: few }, (_, i) => {
    const outs = forward(network, imageOf(data, i), options.normalization);
    const mine = outs[final] as Float64Array;
    mine.forEach((v, k) => {
      difference = Math.max(difference, Math.abs(v - (logits?.at(-1)?.[i * classes + k] ?? Number.NaN)));
    });
    return outs;
  });
  const accuracy = network.exits.map((e) =>
    accuracyOf(data.labels, few, (i) => outputs[i]?.[e] as Float64Array),
  );
  const compared =
    logits === undefined ? '' : `, classes within ${difference.toExponential(1)} of ONNX Runtime’s`;
  const norms = folded.length === 0 ? '' : `; ${folded.length} batch normalizations became weights`;
  report({
    stage: 'folded',
    text: `the same as snn has read it: ${percent(accuracy)} right on ${ofImages(accuracy.at(-1) as number, few)}${compared}${norms}`,
    facts: { folded, accuracy, images: few, ...(logits === undefined ? {} : { difference }) },
  });
}

/** λ per layer and channel, by the method asked for. */
export function findCeilings(
  network: Ann,
  options: ConvertOptions,
  file: string,
  activations: Activations,
): Float64Array[] {
  const isExit = (i: number): boolean => network.exits.includes(i);
  const missing = network.layers.find(
    (l, i) =>
      options.method === 'qcfs' && !isExit(i) && !hasCeiling(l.activation) && !isPool(l.projections[0]),
  );
  if (missing !== undefined) {
    throw new Failure(
      EXIT_MODEL,
      `${file}: node "${missing.name}" has no QCFS or clipped activation; convert with --method light`,
    );
  }
  const trained = trainedCeilings(network);
  // Single spikes reach their levels over the steps, bursts at once.
  const levels = options.burst > 1 ? options.burst : Math.min(options.steps, MOST_LEVELS);
  const found =
    options.method === 'light'
      ? lightCeilings(network, activations, levels)
      : robustCeilings(network, activations, options.percentile, options.poolCeilings);
  const ceilings = network.layers.map((l, i) => {
    const own = options.method === 'qcfs' && !isExit(i) && hasCeiling(l.activation);
    return (own ? trained[i] : found[i]) as Float64Array;
  });
  // A classifier of membranes has none, and one of spikes whose logits are all negative can never speak.
  const mute = network.exits.find((e) => options.readout === 'spikes' && !ceilings[e]?.every((λ) => λ > 0));
  if (mute !== undefined) {
    throw new Failure(
      EXIT_DATA,
      `${file}: node "${network.layers[mute]?.name}": its logits are never positive, so its neurons never fire; convert with --readout membrane`,
    );
  }
  return ceilings.map((c) => c.map((λ) => (λ > 0 ? λ : DEAD)));
}

/** Ceiling of what is silent on all calibration images: any will do, its neurons do not fire. */
const DEAD = 1;

const MOST_LEVELS = 32;

function hasCeiling(activation: Activation): boolean {
  return activation.kind === 'qcfs' || activation.kind === 'clip';
}

/** @returns per image and step, whether the final exit was right */
export function spikingStage(
  network: Ann,
  data: Calibration,
  images: number,
  neurons: FloatNeurons,
  options: ConvertOptions,
  report: Report,
): boolean[][] {
  const right = Array.from({ length: images }, (_, i) =>
    Array.from(
      simulateFloat(network, imageOf(data, i), options.normalization, neurons, options.steps),
      (evidence) => argmax(evidence.at(-1) as Float64Array) === data.labels[i],
    ),
  );
  const accuracy = shareRight(right, options.steps);
  report({
    stage: 'spiking',
    text: `spikes in floats, before anything is rounded: final exit ${sampleSteps(accuracy)} on ${ofImages(accuracy.at(-1) as number, images)}`,
    facts: { accuracy, images },
  });
  return right;
}

function byExit(accuracy: number[]): string {
  return accuracy.length === 1 ? '' : ' (earliest exit first)';
}
