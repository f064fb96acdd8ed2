/** What a recorded network is worth: accuracy, steps and work of one exit, of the fusion, and of stopping. */
import { energyPj, imageMacs } from '../cost/energy.ts';
import type { Model } from '../model.ts';
import { argmax, evidenceOf, type Traces } from '../run/traces.ts';
import { type Decisions, stopOf } from '../tune/stop.ts';

export interface Row {
  accuracy: number;
  /** Mean time steps per image. */
  steps: number;
  /** Mean synaptic operations per image. */
  sops: number;
  energy_pj: number;
}

/** Accuracy of one exit on its own after every step; index 0 is step 1. */
export function exitCurve(traces: Traces, labels: ArrayLike<number>, exit: number): number[] {
  return curve(traces, labels, (i, step) => argmax(evidenceOf(traces, i, step, exit)[exit] as Int32Array));
}

/** Accuracy of the fused answer of all exits after every step. */
export function fusedCurve(traces: Traces, labels: ArrayLike<number>, decisions: Decisions): number[] {
  const last = traces.exits - 1;
  return curve(
    traces,
    labels,
    (i, step) => decisions.classes[(i * traces.steps + step - 1) * traces.exits + last] as number,
  );
}

function curve(
  traces: Traces,
  labels: ArrayLike<number>,
  answer: (image: number, step: number) => number,
): number[] {
  return Array.from({ length: traces.steps }, (_, s) => {
    let right = 0;
    for (let i = 0; i < traces.images; i++) if (answer(i, s + 1) === labels[i]) right++;
    return right / traces.images;
  });
}

/** Mean SOPs of the layers `used`, of all if undefined, up to and with each step. */
export function workCurve(traces: Traces, used: Set<number> | undefined): number[] {
  let sum = 0;
  return Array.from({ length: traces.steps }, (_, s) => {
    for (let i = 0; i < traces.images; i++) {
      for (let l = 0; l < traces.layers; l++) {
        if (used?.has(l) ?? true) sum += traces.sops[(i * traces.steps + s) * traces.layers + l] as number;
      }
    }
    return sum / traces.images;
  });
}

/** A curve read at its knee: the fewest steps within `slack` of its best accuracy. */
export function fixedRow(model: Model, accuracy: number[], work: number[], slack = 0.001): Row {
  const s = knee(accuracy, slack);
  return row(model, accuracy[s] as number, s + 1, work[s] as number);
}

/** Index of the first accuracy within `slack` of the best. */
export function knee(accuracy: number[], slack = 0.001): number {
  const best = Math.max(...accuracy);
  return accuracy.findIndex((a) => a >= best - slack);
}

/** The stopped run of every image, in time and depth. */
export function stoppedRow(
  model: Model,
  traces: Traces,
  labels: ArrayLike<number>,
  d: Decisions,
  rows: number[][],
): Row & { histogram: number[][] } {
  let right = 0;
  let steps = 0;
  let sops = 0;
  const histogram = Array.from({ length: traces.steps }, () => new Array<number>(traces.exits).fill(0));
  for (let i = 0; i < traces.images; i++) {
    const stop = stopOf(model, d, rows, i);
    if (stop.class === labels[i]) right++;
    steps += stop.step;
    const stages = histogram[stop.step - 1] as number[];
    stages[stop.stage] = (stages[stop.stage] as number) + 1;
    for (let s = 0; s < stop.step; s++) {
      // In the last step the layers after the exit that stopped were not run.
      const end = s === stop.step - 1 ? (model.exits[stop.stage] as number) : traces.layers - 1;
      for (let l = 0; l <= end; l++)
        sops += traces.sops[(i * traces.steps + s) * traces.layers + l] as number;
    }
  }
  const n = traces.images;
  return { ...row(model, right / n, steps / n, sops / n), histogram };
}

function row(model: Model, accuracy: number, steps: number, sops: number): Row {
  return { accuracy, steps, sops, energy_pj: energyPj(sops, imageMacs(model)) };
}
