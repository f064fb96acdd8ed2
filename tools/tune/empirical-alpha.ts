/** α by empirical Bayes: what makes the final exit's counts likely, given the exits before. */
import jstat from 'jstat';
import { ALPHA_ONE } from '../../assembly/shared/format.ts';
import { MAX_ALPHA } from '../../assembly/shared/limits.ts';

/** Of the authors' program: whole numbers up to it, and what is added to the denominator and to the prior. */
const MOST_ALPHA = 100;
const FLOOR = 1e-9;
const NO_PRIOR = 1e-16;

/**
 * The mean over images and classes of the α in 0..100 with the largest B(M+α+1, N−M+β) ÷ (B(α+1, β) + 1e−9), β = α(1/E − 1),
 * as the authors' program has it: the first of equals, 0 where the prior is 1 or every chance was taken, and 1 without a prior.
 */
export function meanEmpiricalAlpha(priors: Float64Array[], counts: Int32Array[], n: number): number {
  // Few pairs of prior and count are many images' and classes'.
  const known = new Map<string, number>();
  let sum = 0;
  let classes = 0;
  priors.forEach((prior, i) => {
    for (const [k, mean] of prior.entries()) {
      const count = counts[i]?.[k] as number;
      const key = `${mean} ${count}`;
      const alpha = known.get(key) ?? likeliest(mean, count, n);
      known.set(key, alpha);
      sum += alpha;
      classes++;
    }
  });
  return sum / classes;
}

function likeliest(mean: number, count: number, n: number): number {
  // There their quotients are 0 or no number.
  if (mean >= 1 || count >= n) return 0;
  let best = 0;
  let most = 0;
  for (let alpha = 1; alpha <= MOST_ALPHA; alpha++) {
    const beta = alpha * (1 / (mean + NO_PRIOR) - 1);
    const ratio =
      Math.exp(logBeta(count + alpha + 1, n - count + beta)) / (Math.exp(logBeta(alpha + 1, beta)) + FLOOR);
    if (ratio > most) {
      most = ratio;
      best = alpha;
    }
  }
  return best;
}

/** Images that empirical Bayes looks at: its likelihood is smooth, more change nothing but the time. */
const EMPIRICAL_IMAGES = 2000;

/** The α that makes the final counts most likely, Π B(M+α+1, N−M+β) / B(α+1, β) with β = α(1/E − 1). */
export function empiricalAlpha(priors: Float64Array[], counts: Int32Array[], n: number): number {
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let alpha = 1 / ALPHA_ONE; alpha <= MAX_ALPHA; alpha *= 1.25) {
    let likelihood = 0;
    for (let i = 0; i < Math.min(priors.length, EMPIRICAL_IMAGES); i++) {
      likelihood += logLikelihood(alpha, priors[i] as Float64Array, counts[i] as Int32Array, n);
    }
    if (likelihood > most) {
      most = likelihood;
      best = alpha;
    }
  }
  return best;
}

/** Classes without a prior say nothing of α; a prior of 1 is taken as half a chance below it, where B is finite. */
function logLikelihood(alpha: number, prior: Float64Array, counts: Int32Array, n: number): number {
  let sum = 0;
  for (let k = 0; k < counts.length; k++) {
    const mean = Math.min(prior[k] as number, 1 - 0.5 / n);
    if (mean === 0) continue;
    const count = counts[k] as number;
    const beta = alpha * (1 / mean - 1);
    sum += logBeta(count + alpha + 1, n - count + beta) - logBeta(alpha + 1, beta);
  }
  return sum;
}

/** Where b is far larger than a, Γ(b) ÷ Γ(a + b) is b^−a; the difference of their logarithms would have no digits left. */
const FAR = 1e12;

function logBeta(a: number, b: number): number {
  if (b > FAR) return jstat.gammaln(a) - a * Math.log(b);
  return jstat.gammaln(a) + jstat.gammaln(b) - jstat.gammaln(a + b);
}
