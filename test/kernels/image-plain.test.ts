/** The image's products, one pixel and one row at a time, then its input. */
import { expect, test } from 'vitest';
import { INPUT_LIMIT } from '../../assembly/shared/format.ts';
import { Random } from '../models/random.ts';
import { operands, twin } from './image.ts';
import { Kernels, times } from './kernels.ts';

const kernels = new Kernels('lanes');

test.each([1, 3, 4, 15, 16, 17, 48])('%i channels', (channels) => {
  const r = new Random(channels);
  for (const count of [1, 2, 7, 63, 64])
    for (let n = 0; n < 5; n++) {
      kernels.clear();
      const { padded, pixels, rows, sums, bytes } = operands(r, count, channels);
      const row = kernels.put(bytes);
      const list = kernels.room(count * 8);
      const at = kernels.put(Int32Array.from(times(padded, (c) => sums[c] ?? 0)));
      const end = kernels.call.listPixels?.(kernels.put(pixels), count, row, padded, list) as number;
      expect((end - list) / 8).toBe(pixels.filter((p) => p !== 0).length);
      kernels.call.addProducts?.(list, end, at, channels);
      expect(kernels.i32(at, channels)).toEqual(twin(sums, rows, pixels));
      expect(kernels.isUntouched(at + padded * 4, 64)).toBe(true);
    }
});

test.each([0, 1, 7, 15])('input, shifted by %i', (shift) => {
  const r = new Random(shift);
  for (const is32 of [false, true])
    for (const channels of [1, 7, 8, 9, 33]) {
      kernels.clear();
      const sums = times(channels, () => r.pick([0x7fffffff, -0x80000000, -1, r.int(-40000, 40000)]));
      const input = kernels.room(channels * (is32 ? 4 : 2));
      kernels.call.storeInput?.(kernels.put(Int32Array.from(sums)), shift, input, channels, is32);
      const shifted = sums.map((sum) => Math.floor(sum / 2 ** shift));
      const clamped = shifted.map((sum) => Math.max(-INPUT_LIMIT, Math.min(INPUT_LIMIT, sum)));
      expect(kernels.values(input, channels, is32)).toEqual(is32 ? shifted : clamped);
      expect(kernels.isUntouched(input + channels * (is32 ? 4 : 2), 32)).toBe(true);
    }
});
