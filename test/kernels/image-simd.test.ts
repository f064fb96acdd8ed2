/** The image's products two by two, from rows that are paired when the network is opened, then its input. */
import { expect, test } from 'vitest';
import { INPUT_LIMIT } from '../../assembly/shared/format.ts';
import { Random } from '../models/random.ts';
import { operands, twin } from './image.ts';
import { Kernels, times } from './kernels.ts';

const kernels = new Kernels('simd');

test.each([1, 3, 8, 15, 16, 17, 48])('%i channels', (channels) => {
  const r = new Random(channels);
  for (const count of [1, 2, 7, 63, 64])
    for (let n = 0; n < 5; n++) {
      kernels.clear();
      const { padded, pixels, rows, sums, bytes } = operands(r, count, channels);
      const pairs = kernels.room(Math.ceil(count / 2) * padded * 4);
      kernels.call.pairRows?.(kernels.put(bytes), pairs, 1, count, channels);
      const list = kernels.room(count * 8);
      const at = kernels.put(Int32Array.from(times(padded, (c) => sums[c] ?? 0)));
      const end = kernels.call.listPairs?.(
        kernels.put(pixels),
        count,
        pairs,
        padded * 4,
        BigInt(list),
      ) as number;
      kernels.call.addPairProducts?.(list, end, at, channels);
      expect(kernels.i32(at, channels)).toEqual(twin(sums, rows, pixels));
      expect(kernels.isUntouched(at + padded * 4, 64)).toBe(true);
    }
});

test.each([1, 3, 8, 17])('sums of %i channels begin at bias and half', (channels) => {
  const r = new Random(channels);
  const biases = times(channels, () => r.pick([0x7fffffff, -0x80000000, r.int(-9000, 9000)]));
  for (const half of [0, 1, 1 << 14]) {
    kernels.clear();
    const sums = kernels.room(channels * 4);
    kernels.call.beginSums?.(sums, kernels.put(Int32Array.from(biases)), half, channels);
    expect(kernels.i32(sums, channels)).toEqual(biases.map((bias) => (bias + half) | 0));
    expect(kernels.isUntouched(sums + ((channels + 3) & ~3) * 4, 64)).toBe(true);
  }
});

test.each([0, 1, 7, 15])('input of 16 bits, shifted by %i', (shift) => {
  const r = new Random(shift);
  for (const channels of [1, 7, 8, 9, 16, 33]) {
    kernels.clear();
    const sums = times(channels, () => r.pick([0x7fffffff, -0x80000000, -1, r.int(-40000, 40000)]));
    const input = kernels.room(channels * 2);
    kernels.call.storeInput16?.(kernels.put(Int32Array.from(sums)), shift, input, channels);
    const shifted = sums.map((sum) => Math.floor(sum / 2 ** shift));
    expect(kernels.i16(input, channels)).toEqual(
      shifted.map((sum) => Math.max(-INPUT_LIMIT, Math.min(INPUT_LIMIT, sum))),
    );
    expect(kernels.isUntouched(input + channels * 2, 32)).toBe(true);
  }
});
