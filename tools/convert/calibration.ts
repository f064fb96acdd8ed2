/** Labelled calibration images, and what a stage of the conversion reports of them. */
import type { Ann } from '../network.ts';
import { rightOf, shareOf } from '../tune/right.ts';
import { pixelChannel } from './channels.ts';
import type { ConvertOptions } from './options.ts';

/** u8 [image][height][width][channel], with the right answers. */
export interface Calibration {
  images: Uint8Array;
  labels: Uint8Array;
  count: number;
}

/** [n][channel][y][x], normalised and in the order of channels as the network was trained. */
export function floatPixels(
  network: Ann,
  data: Calibration,
  first: number,
  count: number,
  { normalization, order }: Pick<ConvertOptions, 'normalization' | 'order'>,
): Float32Array {
  const [c, h, w] = network.input;
  const out = new Float32Array(count * c * h * w);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < h * w; p++) {
      for (let k = 0; k < c; k++) {
        const from = pixelChannel(order, c, k);
        const pixel = data.images[((first + i) * h * w + p) * c + from] as number;
        out[(i * c + k) * h * w + p] =
          (pixel / 255 - (normalization.mean[from] as number)) / (normalization.std[from] as number);
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
  return shareOf(rightOf(labels, count, scores));
}

/** Accuracy per step from [image][step]. */
export function shareRight(right: boolean[][], steps: number): number[] {
  return Array.from({ length: steps }, (_, s) => right.filter((r) => r[s]).length / right.length);
}
