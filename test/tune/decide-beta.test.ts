import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_CHANCES } from '../../assembly/shared/limits.ts';
import type { Model } from '../../tools/model.ts';
import { decide } from '../../tools/reference/decide.ts';
import { decideBeta } from '../../tools/tune/decide-beta.ts';
import { randomModel } from '../models/random.ts';

const CLASSES = 4;
const EXITS = 3;

// Few chances, so that classes tie; and as many as there may be, where products are largest.
const chances = fc.oneof(
  fc.integer({ min: 1, max: 6 }),
  fc.integer({ min: MAX_CHANCES - 3, max: MAX_CHANCES }),
);
const said = fc.tuple(chances, fc.integer({ min: 1, max: EXITS })).chain(([n, exits]) => {
  const count = fc.oneof(fc.constantFrom(0, n), fc.integer({ min: 0, max: n }));
  const counts = fc.array(count, { minLength: CLASSES, maxLength: CLASSES });
  return fc.record({
    n: fc.constant(n),
    evidence: fc.array(counts, { minLength: exits, maxLength: exits }),
  });
});
const alphas = fc.array(fc.oneof(fc.constantFrom(0, 1, 4080), fc.integer({ min: 0, max: 4080 })), {
  minLength: EXITS - 1,
  maxLength: EXITS - 1,
});

test('the beta fusion of calibration decides as the reference does', () => {
  const base = randomModel(1);
  const layers = base.layers.map((l) => ({ ...l, burst: 1 }));
  fc.assert(
    fc.property(alphas, said, (row, { n, evidence }) => {
      const model: Model = { ...base, layers, fusion: { kind: 'beta', rows: [row] } };
      const { class: answer, margin } = decide(model, evidence, n);
      expect(decideBeta(row, evidence, n)).toEqual({ class: answer, margin });
    }),
    { numRuns: 3000 },
  );
});
