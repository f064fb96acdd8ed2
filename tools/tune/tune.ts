/** Everything of a model that calibration decides and retraining need not: fusion and stop tables. */
import { ALPHA_ONE, FUSE_ONE } from '../../assembly/shared/format.ts';
import type { Model } from '../model.ts';
import { selectImages, type Traces } from '../run/traces.ts';
import { type Report, sampleSteps } from '../terminal/stages.ts';
import { type AlphaMethod, tuneAlpha } from './alpha.ts';
import { alphaRows, fewerKnots } from './knots.ts';
import { calibrateStop, decideAll, type StopGoal, stopOf } from './stop.ts';
import { tuneWeights } from './weights.ts';

export interface TuneOptions {
  alpha: AlphaMethod;
  /** Undefined: no stop table, every image runs all steps. */
  stop: StopGoal | undefined;
  /** Whether an early exit may end the run and spare the layers after it. */
  depth: boolean;
}

/** Share of the calibration images that fits weights and temperatures; the rest certifies the stop table. */
const FIT_SHARE = 0.2;
/** Knots that a line of text shows. */
const SHOWN_KNOTS = 8;

/** A model with what it did on labelled images. */
export interface Tuning {
  model: Model;
  traces: Traces;
  labels: Uint8Array;
  /** Real value of one unit of evidence, per exit. */
  units: number[];
  options: TuneOptions;
  report: Report;
}

/** Fits the fusion on a fifth of the images, and certifies the stop table on the others. */
export function tune(tuning: Tuning): Model {
  const { model, traces, labels, options, report } = tuning;
  const split = Math.floor(traces.images * FIT_SHARE);
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  // Without a stop table nothing has to be certified, so all images may fit.
  const fit = options.stop === undefined ? traces : selectImages(traces, range(0, split));
  const fused: Model = { ...model, fusion: tuneFusion({ ...tuning, traces: fit }) };
  const rest = options.stop === undefined ? traces : selectImages(traces, range(split, traces.images));
  const restLabels = options.stop === undefined ? labels : labels.subarray(split);
  const decisions = decideAll(fused, rest);
  const last = traces.exits - 1;
  const at = (step: number): number =>
    range(0, rest.images).filter(
      (i) => decisions.classes[(i * traces.steps + step) * traces.exits + last] === restLabels[i],
    ).length / rest.images;
  const accuracy = range(0, traces.steps).map(at);
  report({
    stage: 'fused',
    text: `fused: ${sampleSteps(accuracy)} on ${rest.images} images`,
    facts: { accuracy, images: rest.images },
  });
  if (options.stop === undefined) return { ...fused, stop: [] };

  const stop = calibrateStop(fused, rest, restLabels, options.stop, options.depth);
  const stops = range(0, rest.images).map((i) => stopOf(fused, decisions, stop.rows, i));
  const right = stops.filter((s, i) => s.class === restLabels[i]).length / rest.images;
  const steps = stops.reduce((n, s) => n + s.step, 0) / rest.images;
  report({
    stage: 'stop',
    text: Number.isFinite(stop.bits)
      ? `an image stops once its answer leads by ${stop.bits} bits of odds: ${(100 * right).toFixed(2)} % right in ${steps.toFixed(2)} steps each; ${stop.harmed} of ${stop.images} answers wrong that the last step had right`
      : `no early stop: ${stop.images} images cannot certify the bound; give more, or allow more with --loss`,
    facts: {
      bits: stop.bits,
      harmed: stop.harmed,
      images: stop.images,
      accuracy: right,
      steps,
      goal: options.stop,
    },
  });
  return { ...fused, stop: stop.rows };
}

function tuneFusion({ model, traces, labels, units, options, report }: Tuning): Model['fusion'] {
  if (model.fusion.kind === 'membrane') {
    const rows = tuneWeights(traces, labels, units);
    const shown = rows.map((row) =>
      (row.at(-1)?.weights ?? []).map((w) => (w / FUSE_ONE).toFixed(2)).join('/'),
    );
    report({
      stage: 'exits',
      text:
        traces.exits === 1
          ? 'one exit: nothing to fuse'
          : `share of each exit in the answer, earliest first: ${shown.map((w, s) => `${w} at step ${s + 1}`).join(', ')}`,
      facts: { rows },
    });
    return { kind: 'membrane', rows };
  }
  const burst = model.layers[model.exits[0] as number]?.burst as number;
  const alpha = tuneAlpha(traces, labels, burst, options.alpha);
  const shown = alpha.map((knots) =>
    fewerKnots(knots, SHOWN_KNOTS)
      .map((k) => `${k.step}:${k.alpha / ALPHA_ONE}`)
      .join(' '),
  );
  report({
    stage: 'alpha',
    text: `α by ${options.alpha} (step:α): ${shown.join(' | ')}, ${alpha.map((k) => k.length).join(' and ')} values in all`,
    facts: { alpha, method: options.alpha },
  });
  return { kind: 'beta', rows: alphaRows(alpha, traces.steps) };
}
