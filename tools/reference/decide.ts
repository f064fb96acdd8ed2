/** Fusion and margins in exact rational arithmetic (BigInt), straight from the equations. */
import type { Model } from '../model.ts';

export interface Decision {
  class: number;
  /** Fused membrane potentials, or sixteen-bit fixed-point probability. */
  margin: number;
  /** Per class, of 65536, rounded down. */
  posterior: number[];
}

/** Fuses the evidence of the exits 0..stage, one array of classes each, after `step` steps. */
export function decide(model: Model, evidence: number[][], step: number): Decision {
  return model.fusion.kind === 'beta'
    ? decideBeta(model, evidence, step)
    : decideMembranes(model, evidence, step);
}

const ONE = 1n << 30n;

/**
 * p = m/N at the first exit, then p' = (α + M) / (α/p + N) = p·(α + M) / (α + N·p), each of 2^30, rounded down;
 * p = 0 stays 0, and α = 0 forgets the prior. `alphas` in sixteenths.
 */
export function posteriorMean(counts: bigint[], chances: bigint, alphas: bigint[]): bigint {
  let p = ((counts[0] as bigint) * ONE) / chances;
  counts.slice(1).forEach((count, i) => {
    const alpha = alphas[i] as bigint;
    p =
      alpha === 0n
        ? (count * ONE) / chances
        : (p * (alpha + 16n * count) * ONE) / (alpha * ONE + 16n * chances * p);
  });
  return p;
}

function decideBeta(model: Model, evidence: number[][], step: number): Decision {
  if (model.fusion.kind !== 'beta') throw new TypeError('no α in a fusion of membranes');
  const burst = model.layers[model.exits[0] as number]?.burst as number;
  const { rows } = model.fusion;
  const alphas = (rows[Math.min(step, rows.length) - 1] as number[]).map(BigInt);
  const classes = evidence[0]?.length as number;
  const means = Array.from({ length: classes }, (_, k) =>
    posteriorMean(
      evidence.map((counts) => BigInt(counts[k] as number)),
      BigInt(burst * step),
      alphas,
    ),
  );
  const last = evidence.at(-1) as number[];
  let best = 0;
  for (let k = 1; k < classes; k++) {
    const [a, b] = [means[k] as bigint, means[best] as bigint];
    if (a > b || (a === b && (last[k] as number) > (last[best] as number))) best = k;
  }
  return withMargin(
    best,
    means.map((p) => Number(p >> 14n)),
  );
}

function decideMembranes(model: Model, evidence: number[][], step: number): Decision {
  if (model.fusion.kind !== 'membrane') throw new TypeError('no weights in a beta fusion');
  const row = model.fusion.rows[Math.min(step, model.fusion.rows.length) - 1];
  const stage = row?.[evidence.length - 1];
  if (stage === undefined) throw new RangeError('fusion table has no row for this step');
  const fused = (evidence[0] as number[]).map((_, k) => {
    const sum = evidence.reduce(
      (s, potentials, e) => s + BigInt(stage.weights[e] as number) * BigInt(potentials[k] as number),
      0n,
    );
    return BigInt.asIntN(64, sum) >> 8n;
  });
  let best = 0;
  fused.forEach((value, k) => {
    if (value > (fused[best] as bigint)) best = k;
  });
  const top = fused[best] as bigint;
  const others = fused.filter((_, k) => k !== best).map((value) => top - value);
  const never = 0x7fffffffn;
  const margin = [...others, never].sort((a, b) => Number(a - b))[0] as bigint;
  const likelihoods = fused.map((value) =>
    exp2(top - value < never ? top - value : never, BigInt(stage.gain >>> 0)),
  );
  const sum = likelihoods.reduce((a, b) => a + b, 0n);
  return {
    class: best,
    margin: Number(margin),
    posterior: likelihoods.map((l) => Number((l * 65536n) / sum)),
  };
}

/** 2^−(distance·gain / 2^32), of 2^30, by the quadratic that is exact at 0, ½ and 1. */
function exp2(distance: bigint, gain: bigint): bigint {
  const bits = (distance * gain) / 65536n;
  const f = bits % 65536n;
  const mantissa = 65536n - (f * (44012n - (f * 11244n) / 65536n)) / 65536n;
  const whole = bits / 65536n;
  return whole > 30n ? 0n : (mantissa * 16384n) / 2n ** whole;
}

function withMargin(best: number, posterior: number[]): Decision {
  const second = Math.max(0, ...posterior.filter((_, k) => k !== best));
  return { class: best, margin: (posterior[best] as number) - second, posterior };
}
