/** Labelled calibration images, and what a stage of the conversion reports of them. */
import { EXIT_DATA, EXIT_MODEL } from '../../assembly/shared/status.ts';
import { Failure } from '../failure.ts';
import type { Network } from '../network.ts';
import type { Normalization } from '../quantize/layer.ts';
import { argmax } from '../traces.ts';

/** u8 [image][height][width][channel], with the right answers. */
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

export type Report = (stage: Stage) => void;

export function checkData(network: Network, data: Calibration, file: string): void {
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
export function floatPixels(
  network: Network,
  data: Calibration,
  first: number,
  count: number,
  normalization: Normalization,
): Float32Array {
  const [c, h, w] = network.input;
  const out = new Float32Array(count * c * h * w);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < h * w; p++) {
      for (let k = 0; k < c; k++) {
        const pixel = data.images[((first + i) * h * w + p) * c + k] as number;
        out[(i * c + k) * h * w + p] =
          (pixel / 255 - (normalization.mean[k] as number)) / (normalization.std[k] as number);
      }
    }
  }
  return out;
}

export function imageOf(data: Calibration, i: number): Uint8Array {
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

export function percent(values: number[]): string {
  return values.map((v) => `${(100 * v).toFixed(2)} %`).join(' / ');
}

/** Accuracy per step from [image][step]. */
export function shareRight(right: boolean[][], steps: number): number[] {
  return Array.from({ length: steps }, (_, s) => right.filter((r) => r[s]).length / right.length);
}

/** A few steps of a curve, in words. */
export function sampleSteps(accuracy: number[]): string {
  const steps = [1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 512, 1024].filter((s) => s < accuracy.length);
  return [...steps, accuracy.length]
    .map((s) => `${(100 * (accuracy[s - 1] as number)).toFixed(2)} % at step ${s}`)
    .join(', ');
}
