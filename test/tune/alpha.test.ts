import { expect, test } from 'vitest';
import { empiricalAlpha, fusedClass, gridAlpha, knotSteps, tuneAlpha } from '../../tools/tune/alpha.ts';
import { alphaRows, fewerKnots } from '../../tools/tune/knots.ts';
import { Random } from '../models/random.ts';

/** Counts of a made-up pair of exits: the early one is right more often at first, the later one sharper. */
function madeUp(seed: number, images: number, classes: number, n: number) {
  const r = new Random(seed);
  const labels = Array.from({ length: images }, () => r.int(0, classes - 1));
  const counts = (right: number, wrong: number) =>
    labels.map((label) =>
      Int32Array.from({ length: classes }, (_, k) => {
        let spikes = 0;
        for (let i = 0; i < n; i++) if (r.int(0, 99) < (k === label ? right : wrong)) spikes++;
        return spikes;
      }),
    );
  return { labels, first: counts(40, 25), last: counts(30, 10) };
}

/** The paper's formula, word for word: p_k = m(α+M) / (N(α+m)); zero prior 1e−16; α = 0 final only; smallest α of the best. */
function directGrid(first: Int32Array[], last: Int32Array[], n: number, labels: number[]): number {
  const correct = (alpha: number): number =>
    labels.filter((label, i) => {
      const m = first[i] as Int32Array;
      const big = last[i] as Int32Array;
      const p = Array.from(m, (mk, k) => {
        const mean = mk === 0 ? 1e-16 : mk / n;
        return alpha === 0 ? (big[k] as number) / n : (alpha + (big[k] as number)) / (alpha / mean + n);
      });
      const best = Math.max(...p);
      const top = p
        .map((x, k) => [x, k] as const)
        .filter(([x]) => Math.abs(x - best) <= 1e-12 * best)
        .map(([, k]) => k);
      const most = Math.max(...top.map((k) => big[k] as number));
      return top.find((k) => big[k] === most) === label;
    }).length;
  const scores = Array.from({ length: 101 }, (_, alpha) => correct(alpha));
  return scores.indexOf(Math.max(...scores));
}

test.each([1, 2, 3, 4, 5])('the grid finds the α of the definition (seed %i)', (seed) => {
  const n = 12;
  const { labels, first, last } = madeUp(seed, 300, 10, n);
  const priors = first.map((c) => Float64Array.from(c, (m) => m / n));
  const alpha = gridAlpha(priors, last, n, labels);
  const correct = (a: number): number =>
    labels.filter((l, i) => fusedClass(a, priors[i] as Float64Array, last[i] as Int32Array, n) === l).length;
  // Rounding of the two formulas may break exact ties differently; the α must be as good and as small.
  expect(Math.abs(correct(alpha) - correct(directGrid(first, last, n, labels)))).toBeLessThanOrEqual(1);
});

test('empirical Bayes recovers the strength that the counts were drawn with', () => {
  const r = new Random(7);
  const n = 200;
  const uniform = (): number => r.int(0, 999_999) / 1e6;
  // p ~ Beta(a, b) through two gamma variates by their sum of exponentials (whole shapes).
  const gamma = (shape: number): number => {
    let sum = 0;
    for (let i = 0; i < shape; i++) sum -= Math.log(1 - uniform());
    return sum;
  };
  for (const strength of [4, 16]) {
    const priors: Float64Array[] = [];
    const counts: Int32Array[] = [];
    for (let i = 0; i < 300; i++) {
      const means = [0.2, 0.5];
      priors.push(Float64Array.from(means));
      counts.push(
        Int32Array.from(means, (mean) => {
          // The likelihood's own prior is Beta(α + 1, α(1/E − 1)).
          const a = gamma(strength + 1);
          const p = a / (a + gamma(Math.round(strength * (1 / mean - 1))));
          let spikes = 0;
          for (let t = 0; t < n; t++) if (uniform() < p) spikes++;
          return spikes;
        }),
      );
    }
    const found = empiricalAlpha(priors, counts, n);
    expect(found).toBeGreaterThan(strength / 1.6);
    expect(found).toBeLessThan(strength * 1.6);
  }
});

test('knots rise to the last step and every link gets its own', () => {
  expect(knotSteps(1)).toEqual([1]);
  const steps = knotSteps(600);
  expect(steps.at(-1)).toBe(600);
  expect(steps.every((s, i) => i === 0 || s > (steps[i - 1] as number))).toBe(true);
  const traces = {
    images: 2,
    steps: 3,
    exits: 3,
    classes: 2,
    layers: 0,
    sops: new Uint32Array(0),
    spikes: new Uint32Array(0),
    evidence: new Int32Array(36).fill(1),
  };
  expect(tuneAlpha(traces, [0, 1], 1, 'grid')).toHaveLength(2);
});

test('few knots keep the ends and what the line would miss', () => {
  const knots = Array.from({ length: 21 }, (_, i) => ({
    step: i + 1,
    alpha: i === 5 ? 160 : i > 10 ? 16 * (i - 10) : 0,
  }));
  const few = fewerKnots(knots, 5);
  expect(few.map((k) => k.step)).toEqual([1, 5, 6, 7, 21]);
  expect(fewerKnots(knots, 21)).toEqual(knots);
  // A straight line needs its ends alone, whatever is allowed.
  const line = Array.from({ length: 9 }, (_, i) => ({ step: i + 1, alpha: 3 * i }));
  expect(fewerKnots(line, 6)).toEqual([line[0], line[8]]);
  expect(fewerKnots(knots, 2)).toHaveLength(2);
});

test('α between two knots lies on their line, rounded down', () => {
  const link = [
    { step: 1, alpha: 0 },
    { step: 4, alpha: 5 },
  ];
  expect(alphaRows([link], 4)).toEqual([[0], [1], [3], [5]]);
});
