/** Whether the stop tables keep their word: certified on some images, measured on others, again and again. */
import { shuffled } from '../tools/data/random.ts';
import { fusedCurve, stoppedRow } from '../tools/eval/curves.ts';
import type { Evaluated } from '../tools/eval/recorded.ts';
import type { Model } from '../tools/model.ts';
import { selectImages, type Traces } from '../tools/run/traces.ts';
import { calibrateStop, decideAll, type StopGoal } from '../tools/tune/stop.ts';
import { tuneWeights } from '../tools/tune/weights.ts';

export interface BoundFigures extends StopGoal {
  splits: number;
  /** Splits in which some stop table could be certified at all. */
  certified: number;
  /** Those of them in which stopping cost no more than `loss` on the test half. */
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
  let certified = 0;
  let held = 0;
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
      fusion: { kind: 'membrane', rows: tuneWeights(fitTraces, fitLabels, units) },
    };
    const [proofTraces, proofLabels] = part(fit, half);
    const stop = calibrateStop(tuned, decideAll(tuned, proofTraces), proofLabels, goal);
    const [testTraces, testLabels] = part(half, traces.images);
    const decisions = decideAll(tuned, testTraces);
    const stopped = stoppedRow(tuned, testTraces, testLabels, decisions, stop.rows);
    const whole = fusedCurve(testTraces, testLabels, decisions).at(-1) as number;
    const loss = whole - stopped.accuracy;
    losses.push(loss);
    if (Number.isFinite(stop.bits)) {
      certified++;
      if (loss <= goal.loss) held++;
    }
    steps += stopped.steps / splits;
  }
  return {
    ...goal,
    splits,
    certified,
    held,
    mean_loss_points: (100 * losses.reduce((a, b) => a + b, 0)) / splits,
    worst_loss_points: 100 * Math.max(...losses),
    mean_steps: steps,
  };
}
