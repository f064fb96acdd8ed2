/** The float side of a conversion: the ANN by ONNX Runtime, the folded network, and the spiking one in floats. */
import { EXIT_DATA, EXIT_MODEL } from '../../assembly/shared/status.ts';
import { Failure } from '../failure.ts';
import type { Ann } from '../import/ann.ts';
import type { Activation, Network } from '../network.ts';
import { forward, simulateFloat } from '../reference/float.ts';
import { argmax } from '../traces.ts';
import {
  accuracyOf,
  type Calibration,
  floatPixels,
  imageOf,
  percent,
  type Report,
  sampleSteps,
} from './calibration.ts';
import type { ConvertOptions } from './options.ts';
import { robustCeilings, trainedCeilings } from './thresholds.ts';

export async function reportAnn(
  ann: Ann,
  network: Network,
  data: Calibration,
  options: ConvertOptions,
  report: Report,
): Promise<{ logits: Float32Array[] }> {
  const classes = network.layers[network.exits[0] as number]?.shape[0] as number;
  const logits = network.exits.map(() => new Float32Array(data.count * classes));
  for (let first = 0; first < data.count; first += 100) {
    const count = Math.min(100, data.count - first);
    const { exits } = await ann.run(floatPixels(network, data, first, count, options.normalization), count);
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

export function reportFolded(
  network: Network,
  data: Calibration,
  few: number,
  options: ConvertOptions,
  folded: string[],
  logits: Float32Array[],
  report: Report,
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

export async function findCeilings(
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

export function reportFloatSpiking(
  network: Network,
  data: Calibration,
  few: number,
  amplitude: number[],
  options: ConvertOptions,
  report: Report,
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
