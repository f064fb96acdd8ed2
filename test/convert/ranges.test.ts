/** What the engine finds that membranes must hold is what the reference finds. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { imageOf } from '../../tools/convert/calibration.ts';
import { membraneRanges } from '../../tools/convert/ranges.ts';
import { mnistTest } from '../../tools/data/idx.ts';
import { unpack } from '../../tools/file/unpack.ts';
import type { Model } from '../../tools/model.ts';
import { type MembraneRange, noRange, simulate } from '../../tools/reference/simulate.ts';

const IMAGES = 2;

test.each(['mnist', 'mnist-single'])('%s: ranges of the engine and of the reference', async (name) => {
  const file = `models/${name}.snn`;
  const shipped = unpack(readFileSync(file), file);
  // As convert has them before it narrows: nothing wraps, no floor is reached.
  const layers = shipped.layers.map((l) => ({ ...l, membraneBits: 32 as const, floor: -(2 ** 28) }));
  const model: Model = { ...shipped, layers };
  const data = await mnistTest(IMAGES);
  const expected = layers.map(noRange);
  for (let i = 0; i < IMAGES; i++) {
    for (const { ranges } of simulate(model, imageOf(data, i))) {
      for (const [l, channels] of ranges.entries()) {
        for (const [c, r] of channels.entries()) {
          const all = expected[l]?.[c] as MembraneRange;
          all.drive = Math.min(all.drive, r.drive);
          all.most = Math.max(all.most, r.most);
          all.peak = Math.max(all.peak, r.peak);
        }
      }
    }
  }
  const found = await membraneRanges(model, data, IMAGES);
  expect(found).toEqual(expected);
  expect(found[0]?.some((r) => r.peak > 0)).toBe(true);
});
