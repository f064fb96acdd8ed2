/** addRow: weights of 2 to 8 bits, one by one; the row stands at the end of memory, where a read behind it traps. */
import { describe, expect, test } from 'vitest';
import { Random } from '../models/random.ts';
import { Kernels, times, wrap } from './kernels.ts';

/** Low bits first, a weight w as w + 2^(bits − 1), a row padded to a byte. */
function packed(weights: number[], bits: number): Uint8Array {
  const all = weights
    .map((w) => (w + 2 ** (bits - 1)).toString(2).padStart(bits, '0'))
    .reverse()
    .join('');
  const text = all.padStart(Math.ceil(all.length / 8) * 8, '0');
  return Uint8Array.from({ length: text.length / 8 }, (_, i) =>
    Number.parseInt(text.slice(text.length - 8 * i - 8, text.length - 8 * i), 2),
  );
}

function twin(drives: number[], weights: number[], count: number, is32: boolean): number[] {
  return drives.map((drive, k) => wrap(drive + count * (weights[k] as number), is32));
}

describe.each(['lanes', 'simd'] as const)('%s', (name) => {
  const kernels = new Kernels(name);

  test.each([2, 3, 4, 5, 6, 7, 8])('%i bits', (bits) => {
    const r = new Random(bits);
    const most = 2 ** (bits - 1);
    for (const fanOut of [1, 2, 3, 5, 8, 13, 31])
      for (const count of [1, -1, 2, -7, 64, -64])
        for (const is32 of [false, true]) {
          kernels.clear();
          const weights = times(fanOut, () => r.pick([-most, most - 1, r.int(-most, most - 1)]));
          const edge = is32 ? 0x7fffffff : 0x7fff;
          const drives = times(fanOut, () => r.pick([0, edge, -edge - 1, r.int(-9000, 9000)]));
          const bytes = packed(weights, bits);
          const row = kernels.end - bytes.length;
          new Uint8Array(kernels.memory).set(bytes, row);
          const at = kernels.putValues(drives, is32);
          kernels.call.addRow?.(row, at, fanOut, bits, count, is32);
          expect(kernels.values(at, fanOut, is32)).toEqual(twin(drives, weights, count, is32));
          expect(kernels.isUntouched(at + fanOut * (is32 ? 4 : 2), 16)).toBe(true);
        }
  });
});
