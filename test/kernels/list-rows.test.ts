/** listRows: an event's row begins `stride` bytes after that of the event before it in the row. */
import { describe, expect, test } from 'vitest';
import { Random } from '../models/random.ts';
import { Kernels, times } from './kernels.ts';

/** What the widest variant writes behind the list. */
const SPARE = 32;

/** Modulo 2^32. */
function twin(events: number[], base: number, stride: number): number[] {
  return events.map((event) => Number(BigInt.asUintN(32, BigInt(base) + BigInt(event) * BigInt(stride))));
}

describe.each(['lanes', 'simd'] as const)('%s', (name) => {
  const kernels = new Kernels(name);

  test.each([1, 2, 7, 8, 9, 15, 16, 17, 255, 256])('%i events', (count) => {
    const r = new Random(count);
    for (const stride of [1, 16, 272, 65536, 0x7fffffff]) {
      kernels.clear();
      const events = times(count, () => r.pick([0, 65535, r.int(0, 65535)]));
      // A window that hangs over the border has its first row before the weights, even before memory.
      const base = r.pick([0, 4096, 0x7ffffff0, -70000 * 16]);
      const at = kernels.put(Uint16Array.from(events));
      const list = kernels.room(count * 4);
      expect(kernels.call.listRows?.(list, at, count, base, BigInt(stride))).toBe(list + count * 4);
      expect(kernels.u32(list, count)).toEqual(twin(events, base, stride));
      expect(kernels.isUntouched(list + count * 4 + SPARE, 64 - SPARE)).toBe(true);
    }
  });
});
