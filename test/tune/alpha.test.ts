import { expect, test } from 'vitest';
import { tuneAlpha } from '../../tools/tune/alpha.ts';
import { ALPHA_METHODS } from '../../tools/tune/alpha-methods.ts';
import { empiricalAlpha, meanEmpiricalAlpha } from '../../tools/tune/empirical-alpha.ts';
import { fusedClass, gridAlpha, meanGridAlpha } from '../../tools/tune/grid-alpha.ts';
import { alphaRows, denseKnots, fewerKnots, paperKnots } from '../../tools/tune/knots.ts';
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

test('the authors take the mean of the best α of every 500 images; a rest sits out', () => {
  const n = 12;
  const { labels, first, last } = madeUp(9, 1200, 10, n);
  const priors = first.map((c) => Float64Array.from(c, (m) => m / n));
  const best = [0, 500].map((from) =>
    gridAlpha(
      priors.slice(from, from + 500),
      last.slice(from, from + 500),
      n,
      labels.slice(from, from + 500),
    ),
  );
  expect(best[0]).not.toBe(best[1]);
  expect(meanGridAlpha(priors, last, n, labels)).toBe(((best[0] as number) + (best[1] as number)) / 2);
  const few = [priors.slice(0, 80), last.slice(0, 80)] as const;
  expect(meanGridAlpha(...few, n, labels)).toBe(gridAlpha(...few, n, labels.slice(0, 80)));
});

/** ∫ x^(a−1)·(1−x)^(b−1) by products alone: B(a, b) for a whole a, Γ's recurrence; infinite at b = 0. */
function wholeBeta(a: number, b: number): number {
  let value = 1 / b;
  for (let i = 1; i < a; i++) value *= i / (b + i);
  return value;
}

/** The authors' rule as they compute it: all α at once, NaN the largest, the first of equals. */
function directEmpirical(first: Int32Array[], last: Int32Array[], n: number): number {
  let sum = 0;
  first.forEach((counts, i) => {
    counts.forEach((m, k) => {
      const mean = m / n + 1e-16;
      const big = last[i]?.[k] as number;
      const scores = Array.from({ length: 101 }, (_, alpha) => {
        const beta = alpha * (1 / mean - 1);
        return wholeBeta(big + alpha + 1, n - big + beta) / (wholeBeta(alpha + 1, beta) + 1e-9);
      });
      const notANumber = scores.findIndex(Number.isNaN);
      sum += notANumber >= 0 ? notANumber : scores.indexOf(Math.max(...scores));
    });
  });
  return sum / (first.length * 10);
}

test.each([1, 2, 3])('their empirical Bayes, as they compute it (seed %i)', (seed) => {
  const n = 15;
  const { first, last } = madeUp(seed, 60, 10, n);
  // Never, always, and every chance taken: the edges that their formula divides by zero at.
  (first[0] as Int32Array).set([0, n, 3, 0, n]);
  (last[0] as Int32Array).set([2, 4, n, n, n]);
  const priors = first.map((c) => Float64Array.from(c, (m) => m / n));
  const found = meanEmpiricalAlpha(priors, last, n);
  expect(found).toBeGreaterThan(0);
  expect(found).toBeCloseTo(directEmpirical(first, last, n), 9);
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
  expect(denseKnots(1)).toEqual([1]);
  expect(paperKnots(32)).toEqual([0, 10, 20, 30, 32]);
  expect(paperKnots(750).slice(-4)).toEqual([500, 600, 700, 750]);
  const steps = denseKnots(600);
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
  for (const method of ALPHA_METHODS) expect(tuneAlpha(traces, [0, 1], 1, method)).toHaveLength(2);
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
