/** α by grid: the whole number in 0..100 with the most correct answers, Habara et al. 2024. */

/** Images per batch of the authors' search. */
const BATCH = 500;
const MOST_ALPHA = 100;

/** The mean of the best α of every batch of 500 images, as the authors' program has it; what is left over sits out. */
export function meanGridAlpha(
  priors: Float64Array[],
  counts: Int32Array[],
  n: number,
  labels: ArrayLike<number>,
): number {
  const batches = Math.max(1, Math.floor(priors.length / BATCH));
  let sum = 0;
  for (let b = 0; b < batches; b++) {
    const [from, to] = [b * BATCH, (b + 1) * BATCH];
    const own = Array.from(labels).slice(from, to);
    sum += gridAlpha(priors.slice(from, to), counts.slice(from, to), n, own);
  }
  return sum / batches;
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
  for (let alpha = 0; alpha <= MOST_ALPHA; alpha++) {
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

/** (α + M) / (α/E + N), Habara et al. 2024; a class that the prior excludes stays excluded unless α = 0. */
export function posteriorMean(alpha: number, prior: number, count: number, n: number): number {
  if (alpha === 0) return count / n;
  return prior === 0 ? 0 : (alpha + count) / (alpha / prior + n);
}
