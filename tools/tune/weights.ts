/**
 * Weights and temperatures of the `membrane` fusion. An exit's mean potential is an estimate of the log-odds; the weight
 * of an earlier exit falls as the later one gets sharper. Fitted per step by the likelihood of the right class.
 */
import { FUSE_GAIN_BITS, FUSE_ONE } from '../../assembly/shared/format.ts';
import type { MembraneStage } from '../model.ts';
import { evidenceOf, type Traces } from '../run/traces.ts';

/** Weights tried for an earlier exit, relative to the last one of the stage. */
const WEIGHTS = [0, 0.125, 0.25, 0.375, 0.5, 0.75, 1, 1.5, 2];

/** Rows of the fusion table: one per step, in it one stage per exit. `units[e]` is one unit of exit e's potential. */
export function tuneWeights(traces: Traces, labels: ArrayLike<number>, units: number[]): MembraneStage[][] {
  return Array.from({ length: traces.steps }, (_, i) =>
    Array.from({ length: traces.exits }, (_, stage) => tuneStage(traces, labels, units, i + 1, stage)),
  );
}

function tuneStage(
  traces: Traces,
  labels: ArrayLike<number>,
  units: number[],
  step: number,
  stage: number,
): MembraneStage {
  const logits = Array.from({ length: stage + 1 }, (_, e) =>
    meanLogits(traces, step, e, (units[e] as number) / step),
  );
  const weights = new Array<number>(stage + 1).fill(0);
  weights[stage] = 1;
  let best = fitTemperature(combine(logits, weights), traces.classes, labels);
  // One exit after the other, the nearest first: each keeps the weight that helps most.
  for (let e = stage - 1; e >= 0; e--) {
    for (const weight of WEIGHTS.slice(1)) {
      const tried = weights.with(e, weight);
      const fit = fitTemperature(combine(logits, tried), traces.classes, labels);
      if (fit.loss < best.loss) {
        best = fit;
        weights[e] = weight;
      }
    }
  }
  const unit = units[stage] as number;
  const gain = (best.temperature * Math.LOG2E * unit * 2 ** FUSE_GAIN_BITS) / step;
  return {
    weights: weights.map((w, e) => Math.round((w * FUSE_ONE * (units[e] as number)) / unit)),
    gain: Math.max(1, Math.min(0xffffffff, Math.round(gain))),
  };
}

/** [image][class] of one exit, in real units per step. */
function meanLogits(traces: Traces, step: number, exit: number, unit: number): Float64Array {
  const out = new Float64Array(traces.images * traces.classes);
  for (let i = 0; i < traces.images; i++) {
    out.set(
      Float64Array.from(evidenceOf(traces, i, step, exit)[exit] as Int32Array, (v) => v * unit),
      i * traces.classes,
    );
  }
  return out;
}

function combine(logits: Float64Array[], weights: number[]): Float64Array {
  const out = new Float64Array(logits[0]?.length ?? 0);
  logits.forEach((values, e) => {
    const weight = weights[e] as number;
    if (weight !== 0)
      values.forEach((v, i) => {
        out[i] = (out[i] as number) + weight * v;
      });
  });
  return out;
}

/** Temperature scaling (Guo et al. 2017): the factor that minimises the cross-entropy, by golden section on its log. */
export function fitTemperature(
  logits: Float64Array,
  classes: number,
  labels: ArrayLike<number>,
): { temperature: number; loss: number } {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(0.01), Math.log(100)];
  let a = high - golden * (high - low);
  let b = low + golden * (high - low);
  let lossA = crossEntropy(logits, classes, labels, Math.exp(a));
  let lossB = crossEntropy(logits, classes, labels, Math.exp(b));
  while (high - low > 0.01) {
    if (lossA < lossB) {
      [high, b, lossB] = [b, a, lossA];
      a = high - golden * (high - low);
      lossA = crossEntropy(logits, classes, labels, Math.exp(a));
    } else {
      [low, a, lossA] = [a, b, lossB];
      b = low + golden * (high - low);
      lossB = crossEntropy(logits, classes, labels, Math.exp(b));
    }
  }
  return lossA < lossB
    ? { temperature: Math.exp(a), loss: lossA }
    : { temperature: Math.exp(b), loss: lossB };
}

function crossEntropy(
  logits: Float64Array,
  classes: number,
  labels: ArrayLike<number>,
  factor: number,
): number {
  let loss = 0;
  for (let at = 0, i = 0; at < logits.length; at += classes, i++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) most = Math.max(most, logits[at + k] as number);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(((logits[at + k] as number) - most) * factor);
    loss += Math.log(sum) - ((logits[at + (labels[i] as number)] as number) - most) * factor;
  }
  return loss / (logits.length / classes);
}
