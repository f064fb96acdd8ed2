/** Pictures as a worse camera would take them: noise, blur and less contrast, each at three strengths, by a seed. */
import type { Dataset } from '../../tools/data/dataset.ts';
import { uniform } from '../../tools/data/random.ts';

type Shape = Pick<Dataset, 'channels' | 'height' | 'width'>;

export interface Shift {
  name: string;
  /** One image, u8 [height][width][channel]. */
  apply: (image: Uint8Array, shape: Shape, random: () => number) => Uint8Array;
}

export const SHIFTS: Shift[] = [
  { name: 'clean', apply: (image) => image },
  ...[16, 32, 48].map((sd) => ({
    name: `noise, σ ${sd}`,
    apply: (image: Uint8Array, _: unknown, random: () => number) =>
      bytes(image, (v) => v + sd * normal(random)),
  })),
  ...[1, 2, 4].map((times) => ({
    name: `blur, ${times === 1 ? 'once' : `${times} times`}`,
    apply: (image: Uint8Array, shape: Shape) => {
      let out = image;
      for (let n = 0; n < times; n++) out = blurred(out, shape);
      return out;
    },
  })),
  ...[0.75, 0.5, 0.3].map((share) => ({
    name: `contrast ${100 * share} %`,
    apply: (image: Uint8Array) => bytes(image, (v) => v * share),
  })),
];

/** The first images of a data set, shifted; the same on every machine. */
export function shifted(data: Dataset, { apply }: Shift): Uint8Array {
  const size = data.images.length / data.count;
  const random = uniform(1);
  const out = new Uint8Array(data.images.length);
  for (let i = 0; i < data.count; i++)
    out.set(apply(data.images.subarray(i * size, (i + 1) * size), data, random), i * size);
  return out;
}

function bytes(image: Uint8Array, change: (value: number) => number): Uint8Array {
  return Uint8Array.from(image, (v) => Math.max(0, Math.min(255, Math.round(change(v)))));
}

/** Box and Muller (1958). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** 1 2 1 along both axes, the border repeated. */
function blurred(image: Uint8Array, { channels, height, width }: Shape): Uint8Array {
  const near = (n: number, end: number): number => Math.max(0, Math.min(end - 1, n));
  const out = new Uint8Array(image.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        let sum = 8;
        for (const dy of [-1, 0, 1])
          for (const dx of [-1, 0, 1])
            sum +=
              (2 - Math.abs(dy)) *
              (2 - Math.abs(dx)) *
              (image[(near(y + dy, height) * width + near(x + dx, width)) * channels + c] as number);
        out[(y * width + x) * channels + c] = sum >> 4;
      }
  return out;
}
