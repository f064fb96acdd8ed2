/** Whether the stop tables keep their word: certified on some images, measured on others, again and again. */
import { shuffled } from '../../tools/data/random.ts';
import { fusedCurve, stoppedRow } from '../../tools/eval/curves.ts';
import type { Evaluated } from '../../tools/eval/recorded.ts';
import type { Model } from '../../tools/model.ts';
import { selectImages, type Traces } from '../../tools/run/traces.ts';
import { calibrateStop, decideAll, type StopGoal } from '../../tools/tune/stop.ts';
import { tuneWeights } from '../../tools/tune/weights.ts';

/** Differences of shares of images are not exact. */
const LESS_THAN_AN_IMAGE = 1e-9;

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
  mean_sops: number;
}

/** Tunes and certifies on a random half of the images, measures the loss on the other half, again and again. */
export function checkBounds(
  { model, traces, labels }: Evaluated,
  units: number[],
  goals: StopGoal[],
  splits: number,
  progress: (done: number) => void = () => {},
): BoundFigures[] {
  const runs: Run[][] = goals.map(() => []);
  const half = Math.floor(traces.images / 2);
  const fit = Math.floor(half / 5);
  for (let split = 0; split < splits; split++) {
    progress(split);
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
    const [testTraces, testLabels] = part(half, traces.images);
    const [proof, test] = [decideAll(tuned, proofTraces), decideAll(tuned, testTraces)];
    const whole = fusedCurve(testTraces, testLabels, test).at(-1) as number;
    goals.forEach((goal, g) => {
      const stop = calibrateStop(tuned, proof, proofLabels, goal);
      const stopped = stoppedRow(tuned, testTraces, testLabels, test, stop.rows);
      runs[g]?.push({ ...stopped, loss: whole - stopped.accuracy, certified: Number.isFinite(stop.bits) });
    });
  }
  return goals.map((goal, g) => ({ ...goal, ...summary(goal, runs[g] as Run[]) }));
}

interface Run {
  loss: number;
  certified: boolean;
  steps: number;
  sops: number;
}

function summary(goal: StopGoal, runs: Run[]): Omit<BoundFigures, keyof StopGoal> {
  const mean = (of: (run: Run) => number): number => runs.reduce((n, run) => n + of(run), 0) / runs.length;
  const certified = runs.filter((run) => run.certified);
  return {
    splits: runs.length,
    certified: certified.length,
    held: certified.filter((run) => run.loss <= goal.loss + LESS_THAN_AN_IMAGE).length,
    mean_loss_points: 100 * mean((run) => run.loss),
    worst_loss_points: 100 * Math.max(...runs.map((run) => run.loss)),
    mean_steps: mean((run) => run.steps),
    mean_sops: mean((run) => run.sops),
  };
}
