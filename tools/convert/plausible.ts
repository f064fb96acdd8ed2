/**
 * Whether the trained network knows the images as they are given to it. At chance, or where other means and deviations
 * of the pixels serve it much better, a conversion would only make a wrong network small.
 */
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import type { FloatRuntime } from '../import/source.ts';
import type { Ann, Normalization } from '../network.ts';
import { argmax } from '../run/traces.ts';
import { Failure } from '../terminal/failure.ts';
import { accuracyOf, type Calibration, floatPixels } from './calibration.ts';
import { type ChannelOrder, normalizationOfPixels } from './channels.ts';

/** Images that every other normalization is tried on. */
const IMAGES = 256;
/** A network that knows so many of its images was given the right pixels. */
const SURE = 0.9;
/** Another normalization must be right on that many more. */
const LEAD = 0.05;
/** Standard deviations of a guess: one in a thousand networks of pure chance passes. */
const SIGMAS = 3;

/** What a network that always says the most frequent class gets right, and what luck may add to it. */
export function chanceOf(labels: Uint8Array, count: number): { chance: number; limit: number } {
  const counts = new Map<number, number>();
  for (const label of labels.subarray(0, count)) counts.set(label, (counts.get(label) ?? 0) + 1);
  const chance = Math.max(...counts.values()) / count;
  // Where nearly all images are of one class, half of the rest is enough.
  const luck = Math.min(SIGMAS * Math.sqrt((chance * (1 - chance)) / count), (1 - chance) / 2);
  return { chance, limit: chance + luck };
}

interface Pixels {
  normalization: Normalization;
  order: ChannelOrder;
}

/**
 * @param accuracy of the final exit on all images, as they were given
 * @throws Failure with the advice
 */
export async function checkPlausible(
  ann: FloatRuntime,
  network: Ann,
  data: Calibration,
  accuracy: number,
  logits: Float32Array,
  given: Pixels,
  file: string,
): Promise<void> {
  if (accuracy >= SURE) return;
  const count = Math.min(IMAGES, data.count);
  const right = async (pixels: Pixels): Promise<number> => {
    const { exits } = await ann.run(floatPixels(network, data, 0, count, pixels), count);
    return accuracyIn(exits.at(-1) as Float32Array, data.labels, count);
  };
  const before = await right(given);
  let best = { accuracy: before, flags: '' };
  for (const { flags, pixels } of candidates(network, data, given)) {
    const found = await right(pixels);
    if (found > best.accuracy) best = { accuracy: found, flags };
  }
  const luck = SIGMAS * Math.sqrt((before * (1 - before)) / count);
  const shown = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const { chance, limit } = chanceOf(data.labels, data.count);
  if (best.accuracy > Math.max(limit, before + Math.max(LEAD, luck)))
    throw new Failure(
      EXIT_DATA,
      `${file}: right on ${shown(before)} of ${count} images, on ${shown(best.accuracy)} with ${best.flags}; convert with that, or with --force as it is`,
    );
  if (accuracy > limit) return;
  const advice =
    otherNumbers(logits, data) ?? 'check --mean and --std, the labels, and the order of the classes';
  throw new Failure(
    EXIT_DATA,
    `${file}: right on ${shown(accuracy)} of ${data.count} images, guessing on ${shown(chance)}; ${advice}, or convert with --force as it is`,
  );
}

function accuracyIn(logits: Float32Array, labels: Uint8Array, count: number): number {
  const classes = logits.length / count;
  return accuracyOf(labels, count, (i) => logits.subarray(i * classes, (i + 1) * classes));
}

/** What people train with, and what they forget to say. */
function candidates(network: Ann, data: Calibration, given: Pixels): { flags: string; pixels: Pixels }[] {
  const [channels] = network.input;
  const all = (value: number): number[] => new Array<number>(channels).fill(value);
  const normalizations: Normalization[] = [
    { mean: all(0), std: all(1) },
    { mean: all(0.5), std: all(0.5) },
    // Raw bytes.
    { mean: all(0), std: all(1 / 255) },
    ownNormalization(network, data),
  ];
  if (channels === 1) normalizations.push({ mean: [0.1307], std: [0.3081] });
  if (channels === 3) {
    normalizations.push({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
    normalizations.push({ mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] });
  }
  const list = (values: number[]): string => values.map((v) => Number(v.toPrecision(4))).join(',');
  const tried = normalizations.map((n) => ({
    flags: `--mean ${list(n.mean)} --std ${list(n.std)}`,
    pixels: { normalization: n, order: given.order },
  }));
  if (channels !== 3) return tried;
  const order: ChannelOrder = given.order === 'rgb' ? 'bgr' : 'rgb';
  const normalization = normalizationOfPixels(given.normalization, 'bgr');
  return [...tried, { flags: `--order ${order}`, pixels: { normalization, order } }];
}

/** Mean and deviation per channel of the images themselves. */
function ownNormalization({ input: [channels] }: Ann, { images, count }: Calibration): Normalization {
  const some = images.subarray(0, (images.length / count) * Math.min(count, IMAGES));
  const mean = new Array<number>(channels).fill(0);
  const square = new Array<number>(channels).fill(0);
  some.forEach((p, i) => {
    const share = channels / some.length;
    mean[i % channels] = (mean[i % channels] as number) + (p / 255) * share;
    square[i % channels] = (square[i % channels] as number) + (p / 255) ** 2 * share;
  });
  const std = mean.map((m, c) => Math.max(1e-3, Math.sqrt((square[c] as number) - m * m)));
  return { mean, std };
}

/** Where the answers would be right if the classes had other numbers, which: labels of another order are no rare mistake. */
function otherNumbers(logits: Float32Array, data: Calibration): string | undefined {
  const classes = logits.length / data.count;
  const votes = Array.from({ length: classes }, () => new Uint32Array(classes));
  for (let i = 0; i < data.count; i++) {
    const answer = argmax(logits.subarray(i * classes, (i + 1) * classes));
    const row = votes[data.labels[i] as number] as Uint32Array;
    row[answer] = (row[answer] as number) + 1;
  }
  const meant = votes.map((row) => argmax(row));
  const right =
    votes.reduce((sum, row, label) => sum + (row[meant[label] as number] as number), 0) / data.count;
  const isOrder = new Set(meant).size === classes;
  if (!isOrder || right < SURE) return undefined;
  const first = meant.findIndex((m, label) => m !== label);
  return `its classes have other numbers than the labels: label ${first} is its class ${meant[first]}; give --classes, or the labels, in the order of training`;
}
