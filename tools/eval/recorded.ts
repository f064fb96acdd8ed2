/** A model run to its last step on every image: all its rows and curves from one record. */
import { neededBy } from '../cost/needed.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Shipped } from '../file/shipped.ts';
import type { Model } from '../model.ts';
import { record } from '../run/record.ts';
import type { Traces } from '../run/traces.ts';
import type { Progress } from '../terminal/progress.ts';
import { decideAll } from '../tune/stop.ts';
import { exitCurve, fixedRow, fusedCurve, type Row, stoppedRow, workCurve } from './curves.ts';

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
    early: { accuracy: exitCurve(traces, labels, 0), sops: workCurve(traces, neededBy(model, 0)) },
    final: { accuracy: exitCurve(traces, labels, last), sops: workCurve(traces, neededBy(model, last)) },
    fused: { accuracy: fusedCurve(traces, labels, decisions), sops: workCurve(traces, undefined) },
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
