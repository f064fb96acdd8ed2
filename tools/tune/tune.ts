/** Everything of a model that calibration decides and retraining need not: steps, fusion and stop tables. */
import { ALPHA_ONE, FUSE_ONE } from '../../assembly/shared/format.ts';
import { NEVER } from '../../assembly/shared/limits.ts';
import type { Model } from '../model.ts';
import { firstSteps, selectImages, type Traces } from '../run/traces.ts';
import { atSteps, percent, type Report, sampleSteps } from '../terminal/stages.ts';
import { tuneAlpha } from './alpha.ts';
import type { AlphaMethod } from './alpha-methods.ts';
import { bestStep } from './best-step.ts';
import { isUnusual, withGuards, withoutGuards } from './guard.ts';
import { alphaRows, fewerKnots } from './knots.ts';
import { shareOf } from './right.ts';
import {
  calibrateStop,
  type Decisions,
  decideAll,
  leastImages,
  marginRows,
  type StopGoal,
  type StopTable,
  stopOf,
} from './stop.ts';
import { tuneWeights } from './weights.ts';

export interface TuneOptions {
  alpha: AlphaMethod;
  /** Undefined: no stop table, every image runs all steps. */
  stop: StopGoal | undefined;
  /** Whether an early exit may end the run and spare the layers after it. */
  depth: boolean;
  /** Images unlike those of calibration run all their steps. */
  guard: boolean;
  /** End at the best fixed step instead of the model's last. */
  chooseSteps: boolean;
}

/** Share of the calibration images that fits weights, temperatures and steps; the rest certifies the stop table. */
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

/** How many of the images, the first ones, may be looked at before the stop table is certified on the others. */
export function fitImages(images: number, stop: StopGoal | undefined): number {
  const fit = Math.floor(images * FIT_SHARE);
  return stop === undefined || images - fit < leastImages(stop) ? images : fit;
}

export function tune(tuning: Tuning): Model {
  const { labels, options, report } = tuning;
  const count = fitImages(tuning.traces.images, options.stop);
  const whole = { ...tuning, traces: part(tuning.traces, 0, count) };
  const steps = options.chooseSteps ? chooseSteps(whole) : tuning.model.steps;
  const traces = firstSteps(tuning.traces, steps);
  const model = { ...tuning.model, steps: traces.steps };
  const fit = part(traces, 0, count);
  const fusion = tuneFusion({ ...tuning, model, traces: fit });
  const fused: Model = withoutGuards({ ...model, fusion, stop: [] });

  const first = count === traces.images ? 0 : count;
  const rest = part(traces, first, traces.images);
  const certifying = labels.subarray(first);
  const decisions = decideAll(fused, rest);
  const accuracy = rightAnswers(decisions, certifying).map(shareOf);
  report({
    stage: 'fused',
    text: `fused: ${sampleSteps(accuracy)} on ${rest.images} images`,
    facts: { accuracy, images: rest.images },
  });
  if (options.stop === undefined) return fused;
  if (first === 0) {
    const needed = Math.ceil(leastImages(options.stop) / (1 - FIT_SHARE));
    report({
      stage: 'stop',
      text: `no early stop, every image runs ${words(traces.steps)}: the promise takes ${needed} images or more, here are ${traces.images}; give more, or allow more with --loss`,
      facts: { bits: null, images: traces.images, needed, goal: options.stop },
    });
    return fused;
  }
  const stopping = withStop(fused, decisions, certifying, options.stop, options.depth, report);
  if (!options.guard || stopping.timing === 'pipelined' || !stopping.stop.flat().some((m) => m !== NEVER))
    return stopping;
  // They only keep images from stopping, so the promise stands whichever images they are made from.
  const guarded = withGuards(stopping, traces);
  reportGuards(guarded, traces, report);
  return guarded;
}

function reportGuards(model: Model, traces: Traces, report: Report): void {
  let unusual = 0;
  for (let i = 0; i < traces.images; i++) if (isUnusual(model, traces, i)) unusual++;
  const share = unusual / traces.images;
  report({
    stage: 'guard',
    text: `an image that drives the first layers as few here do never stops early: ${percent([share])} of these images`,
    facts: { unusual, images: traces.images, guards: model.layers.map((layer) => layer.guard ?? null) },
  });
}

/** @returns the best fixed step of the fused answer on these images */
function chooseSteps(tuning: Tuning): number {
  const { model, traces, labels, report } = tuning;
  const fused = { ...model, fusion: tuneFusion({ ...tuning, report: () => {} }) };
  const right = rightAnswers(decideAll(fused, traces), labels);
  const steps = bestStep(right);
  const accuracy = right.map(shareOf);
  report({
    stage: 'steps',
    text: `${words(steps)}: no other number of steps is better by more than luck, ${sampleSteps(accuracy)} of ${traces.images} images; --steps chooses others`,
    facts: { steps, accuracy, images: traces.images },
  });
  return steps;
}

function withStop(
  model: Model,
  decisions: Decisions,
  labels: Uint8Array,
  goal: StopGoal,
  depth: boolean,
  report: Report,
): Model {
  const { images } = decisions;
  const stop = calibrateStop(model, decisions, labels, goal, depth);
  const stops = Array.from({ length: images }, (_, i) => stopOf(model, decisions, stop.rows, i));
  const right = shareOf(stops.map((s, i) => s.class === labels[i]));
  const steps = stops.reduce((n, s) => n + s.step, 0) / images;
  report({
    stage: 'stop',
    text: stopText(model, stop, right, steps),
    facts: {
      bits: Number.isFinite(stop.bits) ? stop.bits : null,
      harmed: stop.harmed,
      images: stop.images,
      accuracy: right,
      steps,
      goal,
    },
  });
  // Where every image stops in the first step, the others are never run, and their memory need not be there.
  if (stop.bits > 0) return { ...model, stop: stop.rows };
  const once = {
    ...model,
    steps: 1,
    fusion: { ...model.fusion, rows: model.fusion.rows.slice(0, 1) } as Model['fusion'],
  };
  return { ...once, stop: marginRows(once, 1, 0, depth) };
}

function stopText(model: Model, { bits, harmed, images }: StopTable, right: number, steps: number): string {
  const answers = `${percent([right])} right`;
  if (model.steps === 1 && model.exits.length === 1)
    return `one step and one exit, nothing to stop: ${answers}`;
  if (!Number.isFinite(bits))
    return `no early stop, every image runs ${words(model.steps)}: too many answers would go wrong; give more images, or allow more with --loss`;
  const when =
    bits === 0 ? 'every image stops at once' : `an image stops once its answer leads by ${bits} bits of odds`;
  return `${when}: ${answers} in ${steps.toFixed(2)} steps each; ${harmed} of ${images} answers wrong that step ${model.steps} had right`;
}

function words(steps: number): string {
  return steps === 1 ? '1 step' : `${steps} steps`;
}

function part(traces: Traces, from: number, to: number): Traces {
  return selectImages(
    traces,
    Array.from({ length: to - from }, (_, i) => from + i),
  );
}

/** [step][image]: whether the last stage was. */
function rightAnswers({ images, steps, stages, classes }: Decisions, labels: Uint8Array): boolean[][] {
  return Array.from({ length: steps }, (_, s) =>
    Array.from({ length: images }, (_, i) => classes[(i * steps + s + 1) * stages - 1] === labels[i]),
  );
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
          : `share of each exit in the answer, earliest first: ${atSteps(shown)}`,
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
