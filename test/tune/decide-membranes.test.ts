import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Model } from '../../tools/model.ts';
import { decide } from '../../tools/reference/decide.ts';
import { decideMembranes } from '../../tools/tune/decide-membranes.ts';
import { randomModel } from '../models/random.ts';

const CLASSES = 4;
const EXITS = 3;

const weight = fc.integer({ min: -600, max: 600 });
const stages = fc.tuple(
  ...Array.from({ length: EXITS }, (_, e) =>
    fc.record({ weights: fc.array(weight, { minLength: e + 1, maxLength: e + 1 }), gain: fc.constant(1) }),
  ),
);
// Few values, so that classes tie; and large ones, so that a sum is beyond 32 bits.
const potential = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -(2 ** 30), max: 2 ** 30 }));
const evidence = fc
  .integer({ min: 1, max: EXITS })
  .chain((n) =>
    fc.array(fc.array(potential, { minLength: CLASSES, maxLength: CLASSES }), { minLength: n, maxLength: n }),
  );

test('the fusion of calibration decides as the reference does, in every step and stage', () => {
  const rows = fc.array(stages, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(rows, evidence, fc.integer({ min: 1, max: 6 }), (table, said, step) => {
      const model: Model = { ...randomModel(1), fusion: { kind: 'membrane', rows: table } };
      const { class: answer, margin } = decide(model, said, step);
      expect(decideMembranes(table, said, step)).toEqual({ class: answer, margin });
    }),
    { numRuns: 500 },
  );
});
