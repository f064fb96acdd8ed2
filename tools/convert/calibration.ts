/** Labelled calibration images, and what a stage of the conversion reports of them. */
import { EXIT_DATA, EXIT_MODEL } from '../../assembly/shared/status.ts';
import type { Network } from '../network.ts';
import { argmax } from '../run/traces.ts';
import { Failure } from '../terminal/failure.ts';
import { pixelChannel } from './channels.ts';
import type { ConvertOptions } from './options.ts';

/** u8 [image][height][width][channel], with the right answers. */
export interface Calibration {
  images: Uint8Array;
  labels: Uint8Array;
  count: number;
}

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

/** [n][channel][y][x], normalised and in the order of channels as the network was trained. */
export function floatPixels(
  network: Network,
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
  let right = 0;
  for (let i = 0; i < count; i++) if (argmax(scores(i)) === labels[i]) right++;
  return right / count;
}
