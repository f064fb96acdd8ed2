/** fireVectors: eight neurons of 16 bits at a time. */
import { expect, test } from 'vitest';
import { Random } from '../models/random.ts';
import { check, neurons } from './fire.ts';
import { Kernels } from './kernels.ts';

const kernels = new Kernels('simd');

test.each([1, 2, 3, 4, 5, 63, 64])('burst %i', (burst) => {
  const r = new Random(burst);
  for (const channels of [1, 7, 8, 9, 15, 16, 24, 33])
    for (let n = 0; n < 20; n++) {
      const given = neurons(r, channels, burst, false, false);
      const fired = check(kernels, r, given, (o) => {
        return kernels.call.fireVectors?.(
          o.theta,
          o.v,
          o.drive,
          o.tails,
          BigInt(o.table),
          BigInt(o.slot),
          BigInt(channels),
          BigInt(burst),
          BigInt(given.floor),
        ) as number;
      });
      expect(fired).toBe(channels & ~7);
    }
});
