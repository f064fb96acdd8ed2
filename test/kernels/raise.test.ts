/** raise: a max pool's drive is the most that any count is ahead of the neuron's own, and no more than a burst. */
import { expect, test } from 'vitest';
import * as F from '../../assembly/shared/format.ts';
import { Random } from '../models/random.ts';
import { Kernels, times } from './kernels.ts';

test.each(['lanes', 'simd'] as const)('%s', (name) => {
  const kernels = new Kernels(name);
  const r = new Random(1);
  for (let n = 0; n < 200; n++) {
    kernels.clear();
    const burst = r.pick([1, 2, 64, 255]);
    const layer = kernels.put(new Uint8Array(F.LAYER_BYTES));
    new Uint8Array(kernels.memory)[layer + F.LAYER_BURST] = burst;
    const counts = times(r.int(1, 9), () => r.pick([0, 1, 0x7fffffff, r.int(0, 300)]));
    const own = r.pick([0, 0x7fffffff, r.int(0, 300)]);
    const start = r.pick([0, 0, -5, 3, 32767]);
    const at = kernels.put(Int32Array.from(counts));
    const ownAt = kernels.put(Int32Array.of(own));
    const drive = kernels.put(Int16Array.of(start));
    for (const [i] of counts.entries()) kernels.call.raise?.(drive, at + i * 4, ownAt, layer);
    expect(kernels.i16(drive, 1)).toEqual([Math.max(start, ...counts.map((c) => Math.min(c - own, burst)))]);
    expect(kernels.isUntouched(drive + 2, 32)).toBe(true);
  }
});
