/** The paper's yardstick, by hand. */
import { describe, expect, test } from 'vitest';
import { area, curveOf, reach, saved, type Way } from '../../../experiments/paper/reach.ts';

/** Ten images; right[step] says how many of the first ones are right. */
function way(name: string, right: number[], stepPj: number): Way {
  return {
    name,
    right: right.map((count) => Uint8Array.from({ length: 10 }, (_, i) => (i < count ? 1 : 0))),
    sops: right.map((_, step) => 100 * (step + 1)),
    stepPj,
  };
}

const final = way('final', [0, 2, 6, 9, 10], 50);
const fused = way('fused', [0, 5, 9, 8, 10], 60);

describe('a share of the accuracy', () => {
  test('is reached in the first step that has it, which the authors read one step later', () => {
    expect(reach(final, 0.9)).toEqual({ step: 5, sops: 400, pj: 250 });
    expect(reach(fused, 0.9)).toEqual({ step: 4, sops: 300, pj: 240 });
  });

  test('needs not stay reached, and may never be', () => {
    expect(reach(fused, 0.85)?.step).toBe(4);
    expect(reach(way('short', [1, 2], 1), 0.3)).toBeUndefined();
  });
});

describe('what a way saves', () => {
  test('is the rest of what the other takes', () => {
    const { energy, steps, sops, interval } = saved(fused, final, 0.9) ?? {};
    expect(energy).toBeCloseTo(100 * (1 - 240 / 250), 10);
    expect(steps).toBeCloseTo(20, 10);
    expect(sops).toBeCloseTo(25, 10);
    expect(interval === undefined || interval[0] <= interval[1]).toBe(true);
  });

  test('is nothing where one of both never gets there', () => {
    expect(saved(way('short', [1], 1), final, 0.9)).toBeUndefined();
  });

  test('has an interval that holds what is sure', () => {
    const [none, all] = [way('late', [0, 0, 0, 10], 10), way('early', [0, 10, 10, 10], 10)];
    // Every draw of images has the same two steps: 3 of 5.
    expect(saved(all, none, 1)?.interval?.map((v) => v.toFixed(6))).toEqual(['40.000000', '40.000000']);
  });
});

test('the area is of trapezoids, from the second step of the authors to the last that ends by then', () => {
  expect(curveOf(final)).toEqual([0, 0.2, 0.6, 0.9, 1]);
  // Their steps 2, 3 and 4 end at 100, 150 and 200 pJ; the fifth at 250.
  expect(area(final, 200)).toBeCloseTo(50 * (0 + 0.1 + 0.4), 10);
  expect(area(final, 249)).toBeCloseTo(area(final, 200), 10);
  expect(area(final, 250)).toBeCloseTo(area(final, 200) + 50 * 0.75, 10);
});
