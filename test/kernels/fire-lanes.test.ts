/** fireLanes: four neurons of 16 bits at a time, in the lanes of a u64. */
import { expect, test } from 'vitest';
import { Random } from '../models/random.ts';
import { check, neurons } from './fire.ts';
import { Kernels } from './kernels.ts';

const kernels = new Kernels('lanes');

test.each([1, 2, 3, 4, 5, 63, 64])('burst %i', (burst) => {
  const r = new Random(burst);
  for (const channels of [1, 3, 4, 5, 8, 9, 16, 31])
    for (let n = 0; n < 20; n++) {
      const given = neurons(r, channels, burst, false, false);
      const fired = check(kernels, r, given, (o) => {
        const lowest = BigInt.asUintN(16, BigInt(given.floor)) * 0x0001000100010001n;
        return kernels.call.fireLanes?.(
          o.theta,
          o.v,
          o.drive,
          o.tails,
          o.slot,
          channels,
          burst,
          lowest,
        ) as number;
      });
      expect(fired).toBe(channels & ~3);
    }
});
