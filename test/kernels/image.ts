/** Operands of the image's products, and their twin. */
import type { Random } from '../models/random.ts';
import { times } from './kernels.ts';

/** `pixels` on rows of weights, as `bytes` of an uninterleaved file, padded to `padded` channels. */
export function operands(r: Random, count: number, channels: number) {
  const padded = (channels + 15) & ~15;
  const pixels = r.bytes(count);
  const rows = times(count, () => times(channels, () => r.pick([-128, 127, r.int(-128, 127)])));
  const sums = times(channels, () => r.pick([0, 0x7fffffff, -0x80000000, r.int(-9000, 9000)]));
  const bytes = Uint8Array.from(rows.flatMap((row) => times(padded, (c) => (row[c] ?? 0) + 128)));
  return { padded, pixels, rows, sums, bytes };
}

/** Modulo 2^32, like the engine. */
export function twin(sums: number[], rows: number[][], pixels: Uint8Array): number[] {
  return sums.map((sum, c) =>
    rows.reduce((s, row, i) => (s + (row[c] as number) * (pixels[i] as number)) | 0, sum),
  );
}
