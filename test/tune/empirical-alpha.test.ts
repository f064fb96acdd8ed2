import { expect, test } from 'vitest';
import { meanEmpiricalAlpha } from '../../tools/tune/empirical-alpha.ts';

const alpha = (prior: number, count: number, n: number): number =>
  meanEmpiricalAlpha([Float64Array.of(prior)], [Int32Array.of(count)], n);

test('of quotients that are all too small for a number the first α is taken', () => {
  // Without a prior β is α·10^16: B(M+α+1, β) is nothing for many spikes, and something for none.
  expect(alpha(0, 50, 100)).toBe(0);
  expect(alpha(0, 0, 100)).toBe(1);
});

test('a prior of all chances, and all chances taken, say nothing', () => {
  expect(alpha(1, 3, 10)).toBe(0);
  expect(alpha(0.5, 10, 10)).toBe(0);
});

test('the better the prior has foreseen the count, the more it weighs', () => {
  expect(alpha(0.5, 50, 100)).toBeGreaterThan(alpha(0.5, 80, 100));
});

test('classes and images count alike', () => {
  const [a, b, c, d] = [alpha(0.5, 3, 10), alpha(0.2, 2, 10), alpha(0.9, 1, 10), alpha(0.1, 8, 10)];
  const both = meanEmpiricalAlpha(
    [Float64Array.of(0.5, 0.2), Float64Array.of(0.9, 0.1)],
    [Int32Array.of(3, 2), Int32Array.of(1, 8)],
    10,
  );
  expect(both).toBeCloseTo((a + b + c + d) / 4, 12);
});
