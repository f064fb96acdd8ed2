/**
 * α(N), the strength of the prior in the paper's fusion, as knots over the step.
 * Both ways look at one link of the chain: the posterior of the exits before is the prior of the next.
 */
import jstat from 'jstat';
import { ALPHA_ONE } from '../../assembly/shared/format.ts';
import { MAX_ALPHA } from '../../assembly/shared/limits.ts';
import { evidenceOf, type Traces } from '../run/traces.ts';

export interface Knot {
  step: number;
  /** In sixteenths (ALPHA_ONE). */
  alpha: number;
}

export type AlphaMethod = 'grid' | 'empirical';

/** Steps that get a knot: dense where the exits begin to speak, then every tenth, beyond 500 every hundredth. */
export function knotSteps(steps: number): number[] {
  const knots: number[] = [];
  for (let s = 1; s < steps; s += s < 20 ? 1 : s < 60 ? 4 : s < 500 ? 10 : 100) knots.push(s);
  return [...knots, steps];
}

/** Tunes link after link; `chances` is the burst limit of the classifiers, N = chances · step. */
export function tuneAlpha(
  traces: Traces,
  labels: ArrayLike<number>,
  chances: number,
  method: AlphaMethod,
): Knot[][] {
  const links: Knot[][] = [];
  for (let link = 0; link < traces.exits - 1; link++) {
    links.push(
      knotSteps(traces.steps).map((step) => {
        const n = chances * step;
        const priors = priorMeans(traces, step, n, links);
        const counts = Array.from(
          { length: traces.images },
          (_, i) => evidenceOf(traces, i, step, link + 1)[link + 1] as Int32Array,
        );
        const alpha =
          method === 'grid' ? gridAlpha(priors, counts, n, labels) : empiricalAlpha(priors, counts, n);
        return { step, alpha: Math.round(alpha * ALPHA_ONE) };
      }),
    );
  }
  return links;
}

/** Prior mean of every class and image: m/N at the first exit, then the posterior of the links tuned so far. */
function priorMeans(traces: Traces, step: number, n: number, links: Knot[][]): Float64Array[] {
  return Array.from({ length: traces.images }, (_, image) => {
    const [first, ...later] = evidenceOf(traces, image, step, links.length);
    let p = Float64Array.from(first as Int32Array, (m) => m / n);
    later.forEach((counts, i) => {
      const alpha = (links[i]?.find((k) => k.step === step)?.alpha ?? 0) / ALPHA_ONE;
      p = p.map((mean, k) => posteriorMean(alpha, mean, counts[k] as number, n));
    });
    return p;
  });
}

/** (α + M) / (α/E + N), Habara et al. 2024; a class that the prior excludes stays excluded unless α = 0. */
export function posteriorMean(alpha: number, prior: number, count: number, n: number): number {
  if (alpha === 0) return count / n;
  return prior === 0 ? 0 : (alpha + count) / (alpha / prior + n);
}

/** The whole α in 0..100 with the most correct answers; ties take the smallest. */
export function gridAlpha(
  priors: Float64Array[],
  counts: Int32Array[],
  n: number,
  labels: ArrayLike<number>,
): number {
  let best = 0;
  let most = -1;
  for (let alpha = 0; alpha <= 100; alpha++) {
    let correct = 0;
    priors.forEach((prior, i) => {
      if (fusedClass(alpha, prior, counts[i] as Int32Array, n) === labels[i]) correct++;
    });
    if (correct > most) {
      most = correct;
      best = alpha;
    }
  }
  return best;
}

/** The class with the largest posterior mean; equal ones go to the larger count, then to the lower index. */
export function fusedClass(alpha: number, prior: Float64Array, counts: Int32Array, n: number): number {
  let best = 0;
  let mean = -1;
  for (let k = 0; k < counts.length; k++) {
    const p = posteriorMean(alpha, prior[k] as number, counts[k] as number, n);
    if (p > mean || (p === mean && (counts[k] as number) > (counts[best] as number))) {
      best = k;
      mean = p;
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

function logBeta(a: number, b: number): number {
  return jstat.gammaln(a) + jstat.gammaln(b) - jstat.gammaln(a + b);
}
