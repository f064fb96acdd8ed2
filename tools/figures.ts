/** The numbers of README and `npm run figures`: the shipped models on the MNIST test set, all from recorded runs. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Dataset } from './data/dataset.ts';
import { mnist } from './data/idx.ts';
import { denseMacs, energyPj } from './energy.ts';
import { exitCurve, fixedRow, fusedCurve, layersOf, type Row, stoppedRow, workCurve } from './evaluate.ts';
import type { Model } from './model.ts';
import { record } from './record.ts';
import type { Progress } from './show/progress.ts';
import { argmax, selectImages, type Traces } from './traces.ts';
import { calibrateStop, decideAll, type StopGoal } from './tune/stop.ts';
import { tuneWeights } from './tune/weights.ts';
import { unpack } from './unpack.ts';

const resolve = createRequire(import.meta.url).resolve;

/** The models that the package ships, by what they are for. */
export const MODELS = {
  /** Bursts, `current` readout, stopping in time and depth: the default. */
  default: 'mnist.snn',
  /** One spike per neuron and step, fine-tuned. */
  single: 'mnist-single.snn',
  /** The paper's way: pipelined, single spikes, robust normalization; α by grid and by empirical Bayes. */
  grid: 'mnist-paper.snn',
  empirical: 'mnist-paper-eb.snn',
} as const;

/** Accuracy of the ANN that counts as reached in the paper's yardstick. */
const PAPER_SHARE = 0.97;

export interface Shipped {
  bytes: Uint8Array;
  model: Model;
}

export async function shippedModel(file: string): Promise<Shipped> {
  const bytes = new Uint8Array(await readFile(resolve(`#models/${file}`)));
  return { bytes, model: unpack(bytes, file) };
}

/** Float ANN by ONNX Runtime: accuracy of its exits; steps and SOPs have no meaning and are zero. */
export async function annRows(file: string, data: Dataset, progress: Progress): Promise<Row[]> {
  const { Ann } = await import('./import/ann.ts');
  const { importOnnx } = await import('./import/graph.ts');
  const onnx = new Uint8Array(await readFile(resolve(`#models/${file}`)));
  const { network } = importOnnx(onnx, file);
  const ann = await Ann.open(onnx);
  const classes = network.layers[network.exits[0] as number]?.shape[0] as number;
  const right = network.exits.map(() => 0);
  const size = data.images.length / data.count;
  for (let first = 0; first < data.count; first += 100) {
    const count = Math.min(100, data.count - first);
    const pixels = Float32Array.from(
      data.images.subarray(first * size, (first + count) * size),
      (p) => p / 255,
    );
    const { exits } = await ann.run(pixels, count);
    exits.forEach((logits, e) => {
      for (let i = 0; i < count; i++) {
        const answer = argmax(logits.subarray(i * classes, (i + 1) * classes));
        if (answer === data.labels[first + i]) right[e] = (right[e] as number) + 1;
      }
    });
    progress('float ANN', first + count, data.count);
  }
  const energy = energyPj(0, denseMacs(network));
  return right.map((r) => ({ accuracy: r / data.count, steps: 0, sops: 0, energy_pj: energy }));
}

export interface Evaluated {
  model: Model;
  traces: Traces;
  labels: Uint8Array;
  early: Row;
  final: Row;
  fused: Row;
  stopped: Row & { histogram: number[][] };
  /** Accuracy after every step, and the mean SOPs spent by then. */
  curves: { early: Curve; final: Curve; fused: Curve };
}

export interface Curve {
  accuracy: number[];
  sops: number[];
}

/** Runs a model to its last step on every image and reads all rows from the record. */
export async function evaluate(shipped: Shipped, data: Dataset, progress: Progress): Promise<Evaluated> {
  const { model, bytes } = shipped;
  let done = 0;
  const traces = await record({ model: bytes, images: data.images, count: data.count }, (n) => {
    done += n;
    progress(model.meta.name, done, data.count);
  });
  const decisions = decideAll(model, traces);
  const last = model.exits.length - 1;
  const labels = data.labels;
  const curves = {
    early: { accuracy: exitCurve(traces, labels, 0), sops: workCurve(traces, layersOf(model, 0)) },
    final: { accuracy: exitCurve(traces, labels, last), sops: workCurve(traces, layersOf(model, last)) },
    fused: { accuracy: fusedCurve(traces, labels, decisions), sops: workCurve(traces, () => true) },
  };
  const row = (c: Curve): Row => fixedRow(model, c.accuracy, c.sops);
  return {
    model,
    traces,
    labels,
    early: row(curves.early),
    final: row(curves.final),
    fused: row(curves.fused),
    stopped: stoppedRow(model, traces, labels, decisions, model.stop),
    curves,
  };
}

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

/** The first `limit` images of the MNIST test set. */
export async function mnistTest(limit: number): Promise<Dataset> {
  const data = await mnist('test');
  const count = Math.min(limit, data.count);
  const size = data.images.length / data.count;
  return {
    ...data,
    count,
    images: data.images.subarray(0, count * size),
    labels: data.labels.subarray(0, count),
  };
}
