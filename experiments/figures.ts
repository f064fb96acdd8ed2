/** What `npm run figures` works out from recorded runs: the paper's yardstick, and whether the stop tables keep their word. */
import { fusedCurve, stoppedRow } from '../tools/eval/curves.ts';
import type { Curve, Evaluated } from '../tools/eval/recorded.ts';
import type { Model } from '../tools/model.ts';
import { selectImages, type Traces } from '../tools/run/traces.ts';
import { calibrateStop, decideAll, type StopGoal } from '../tools/tune/stop.ts';
import { tuneWeights } from '../tools/tune/weights.ts';

/** Accuracy of the ANN that counts as reached in the paper's yardstick. */
const PAPER_SHARE = 0.97;

export interface PaperFigures {
  images: number;
  ann: number;
  /** First step and SOPs at which 97 % of the ANN's accuracy is reached; null if never. */
  final: Reached | null;
  grid: Reached | null;
  empirical: Reached | null;
  /** Energy saved against the final exit alone, in the paper's currency (steps) and in SOPs. */
  reduction_percent: { grid: Saved | null; empirical: Saved | null };
  /** Area under accuracy over steps, as a share of its rectangle, over the same steps for all. */
  area: { final: number; grid: number; empirical: number };
}

export interface Reached {
  step: number;
  sops: number;
}

export interface Saved {
  steps: number;
  sops: number;
}

/** The paper's yardstick on the paper's kind of network. */
export function paperFigures(ann: number, grid: Evaluated, empirical: Evaluated): PaperFigures {
  const reach = (c: Curve): Reached | null => {
    const s = c.accuracy.findIndex((a) => a >= PAPER_SHARE * ann);
    return s < 0 ? null : { step: s + 1, sops: c.sops[s] as number };
  };
  const final = reach(grid.curves.final);
  const saved = (r: Reached | null): Saved | null =>
    final === null || r === null
      ? null
      : { steps: 100 * (1 - r.step / final.step), sops: 100 * (1 - r.sops / final.sops) };
  const area = (c: Curve): number => c.accuracy.reduce((a, b) => a + b, 0) / c.accuracy.length;
  const reachedGrid = reach(grid.curves.fused);
  const reachedEmpirical = reach(empirical.curves.fused);
  return {
    images: grid.traces.images,
    ann,
    final,
    grid: reachedGrid,
    empirical: reachedEmpirical,
    reduction_percent: { grid: saved(reachedGrid), empirical: saved(reachedEmpirical) },
    area: {
      final: area(grid.curves.final),
      grid: area(grid.curves.fused),
      empirical: area(empirical.curves.fused),
    },
  };
}

export interface BoundFigures extends StopGoal {
  splits: number;
  /** Splits in which stopping cost no more than `loss` on the test half. */
  held: number;
  /** Accuracy lost on the test half, in points: mean and worst over the splits. */
  mean_loss_points: number;
  worst_loss_points: number;
  mean_steps: number;
}

/** Tunes and certifies on a random half of the images, measures the loss on the other half, again and again. */
export function checkBound(
  evaluated: Evaluated,
  units: number[],
  goal: StopGoal,
  splits: number,
): BoundFigures {
  const { model, traces, labels } = evaluated;
  const half = Math.floor(traces.images / 2);
  const fit = Math.floor(half / 5);
  const losses: number[] = [];
  let steps = 0;
  for (let split = 0; split < splits; split++) {
    const order = shuffled(traces.images, split + 1);
    const part = (from: number, to: number): [Traces, number[]] => {
      const images = order.slice(from, to);
      return [selectImages(traces, images), images.map((i) => labels[i] as number)];
    };
    const [fitTraces, fitLabels] = part(0, fit);
    const tuned: Model = {
      ...model,
      fusion: { kind: 'current', rows: tuneWeights(fitTraces, fitLabels, units) },
    };
    const [proofTraces, proofLabels] = part(fit, half);
    const stop = calibrateStop(tuned, proofTraces, proofLabels, goal);
    const [testTraces, testLabels] = part(half, traces.images);
    const decisions = decideAll(tuned, testTraces);
    const stopped = stoppedRow(tuned, testTraces, testLabels, decisions, stop.rows);
    const whole = fusedCurve(testTraces, testLabels, decisions).at(-1) as number;
    losses.push(whole - stopped.accuracy);
    steps += stopped.steps / splits;
  }
  return {
    ...goal,
    splits,
    held: losses.filter((l) => l <= goal.loss).length,
    mean_loss_points: (100 * losses.reduce((a, b) => a + b, 0)) / splits,
    worst_loss_points: 100 * Math.max(...losses),
    mean_steps: steps,
  };
}

/** 0..n−1 in an order that depends on the seed alone (Fisher–Yates over a linear congruential generator). */
function shuffled(n: number, seed: number): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  let state = seed >>> 0;
  for (let i = n - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return order;
}
