import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Model } from '../../tools/model.ts';
import { decide, posteriorMean } from '../../tools/reference/decide.ts';
import { randomModel } from '../models/random.ts';

/** A beta model of two exits with a constant α, K = 1; only its fusion matters here. */
function betaModel(alphaSixteenths: number, classes: number): Model {
  const model = randomModel(1);
  const layer = {
    ...(model.layers[0] as Model['layers'][0]),
    burst: 1,
    shape: [classes, 1, 1] as [number, number, number],
  };
  return {
    ...model,
    layers: [layer, layer],
    exits: [0, 1],
    fusion: { kind: 'beta', rows: [[alphaSixteenths]] },
  };
}

describe('the paper’s fusion', () => {
  test('posterior mean equals m(α+M) / (N(α+m)), rounded down in 30 bits at each exit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4095 }), fc.nat(4080), fc.nat(), fc.nat(), (n, alpha, a, b) => {
        const m = BigInt(a % (n + 1));
        const big = BigInt(b % (n + 1));
        const p = posteriorMean([m, big], BigInt(n), [BigInt(alpha)]);
        // The paper's formula, with α = alpha/16; α = 0 is the final exit alone.
        const num = alpha === 0 ? big : m * (BigInt(alpha) + 16n * big);
        const den = alpha === 0 ? BigInt(n) : BigInt(n) * (BigInt(alpha) + 16n * m);
        const exact = Number(num) / Number(den);
        // m/N loses less than 2^-30; where it is small the next exit multiplies that by up to N.
        const slack = alpha === 0 || m === 0n ? 2 ** -30 : (exact * n) / Number(m) / 2 ** 30 + 2 ** -30;
        expect(Number(p) / 2 ** 30).toBeLessThanOrEqual(exact + 1e-15);
        expect(Number(p) / 2 ** 30).toBeGreaterThanOrEqual(exact - slack - 1e-15);
      }),
    );
  });

  test('a class without prior loses to any with one, whatever the evidence', () => {
    const model = betaModel(16, 3);
    expect(
      decide(
        model,
        [
          [0, 1, 0],
          [40, 1, 39],
        ],
        50,
      ).class,
    ).toBe(1);
  });

  test('ties at zero go to the larger final count, then to the lower class', () => {
    const model = betaModel(16, 3);
    expect(
      decide(
        model,
        [
          [0, 0, 0],
          [3, 9, 9],
        ],
        50,
      ).class,
    ).toBe(1);
    expect(
      decide(
        model,
        [
          [0, 0, 0],
          [0, 0, 0],
        ],
        50,
      ).class,
    ).toBe(0);
  });

  test('α = 0 is the final exit alone', () => {
    const model = betaModel(0, 3);
    expect(
      decide(
        model,
        [
          [50, 0, 0],
          [1, 2, 7],
        ],
        50,
      ),
    ).toMatchObject({ class: 2, posterior: [1310, 2621, 9175] });
  });

  test('equal posteriors from different counts differ by less than a margin shows', () => {
    // m(α+M)/(α+m) with α = 2: 2·(2+4)/(2+2) = 3 = 6·(2+2)/(2+6).
    const model = betaModel(32, 2);
    const decision = decide(
      model,
      [
        [6, 2],
        [2, 4],
      ],
      50,
    );
    // 30 bits, rounded down: the tie may fall to either side, never to a lead.
    expect(decision.margin).toBe(0);
    expect(decision.posterior[0]).toBe(decision.posterior[1]);
  });
});
