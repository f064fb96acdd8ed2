/** firePlain: one neuron at a time, of either width, with negative spikes or without, or never. */
import { test } from 'vitest';
import { Random } from '../models/random.ts';
import { check, neurons } from './fire.ts';
import { Kernels } from './kernels.ts';

const kernels = new Kernels('lanes');
const cases = [0, 1, 2, 5, 64].flatMap((burst) =>
  [false, true].flatMap((is32) => [false, true].map((isSigned) => ({ burst, is32, isSigned }))),
);

test.each(cases)('burst $burst, 32 bits $is32, signed $isSigned', ({ burst, is32, isSigned }) => {
  const r = new Random(burst * 4 + (is32 ? 2 : 0) + (isSigned ? 1 : 0));
  for (const channels of [1, 3, 8, 17])
    for (let n = 0; n < 20; n++) {
      const given = neurons(r, channels, burst, is32, isSigned && burst > 0);
      check(kernels, r, given, (o) => {
        kernels.call.firePlain?.(o.layer, o.theta, o.v, o.drive, o.tails, o.slot, burst, 0);
        return channels;
      });
    }
});
