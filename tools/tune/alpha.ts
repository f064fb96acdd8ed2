/**
 * α(N), the strength of the prior in the paper's fusion, as knots over the step.
 * All ways look at one link of the chain: the posterior of the exits before is the prior of the next.
 */
import { ALPHA_ONE } from '../../assembly/shared/format.ts';
import { evidenceOf, type Traces } from '../run/traces.ts';
import type { AlphaMethod } from './alpha-methods.ts';
import { empiricalAlpha, meanEmpiricalAlpha } from './empirical-alpha.ts';
import { gridAlpha, meanGridAlpha, posteriorMean } from './grid-alpha.ts';
import { denseKnots, type Knot, paperKnots } from './knots.ts';

type Tuner = (
  priors: Float64Array[],
  counts: Int32Array[],
  chances: number,
  labels: ArrayLike<number>,
) => number;

/**
 * `grid` and `empirical` are the authors' programs: few knots, means of what batches or single classes like best. The
 * other two look at all images at once, at every early step. late: the authors read a spike one step after it was fired,
 * so that as many spikes stand against one step more.
 */
const METHODS: Record<AlphaMethod, { knots: (steps: number) => number[]; tuner: Tuner; late: 0 | 1 }> = {
  grid: { knots: paperKnots, tuner: meanGridAlpha, late: 1 },
  empirical: { knots: paperKnots, tuner: meanEmpiricalAlpha, late: 1 },
  'grid-all': { knots: denseKnots, tuner: gridAlpha, late: 0 },
  likelihood: { knots: denseKnots, tuner: empiricalAlpha, late: 0 },
};

/** Tunes link after link; `burst` is that of the classifiers, N = burst · step. */
export function tuneAlpha(
  traces: Traces,
  labels: ArrayLike<number>,
  burst: number,
  method: AlphaMethod,
): Knot[][] {
  const { knots, tuner, late } = METHODS[method];
  const links: Knot[][] = [];
  for (let link = 0; link < traces.exits - 1; link++) {
    links.push(
      knots(traces.steps).map((step) => {
        // Before the first step nothing was read, and of equals the smallest is taken.
        if (step === 0) return { step, alpha: 0 };
        const n = burst * (step + late);
        const priors = priorMeans(traces, step, n, links);
        const counts = Array.from(
          { length: traces.images },
          (_, i) => evidenceOf(traces, i, step, link + 1)[link + 1] as Int32Array,
        );
        return { step, alpha: Math.round(tuner(priors, counts, n, labels) * ALPHA_ONE) };
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
