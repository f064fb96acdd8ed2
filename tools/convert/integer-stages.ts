/** The integer side of a conversion: membrane widths, accuracy in spikes, fusion and stop tables. */
import { FUSE_GAIN_BITS } from '../../assembly/shared/format.ts';
import type { Model } from '../model.ts';
import { type MembraneRange, simulate } from '../reference/simulate.ts';
import { argmax, evidenceOf, selectImages, type Traces } from '../traces.ts';
import { tuneAlpha } from '../tune/alpha.ts';
import { calibrateStop, decideAll, stopOf } from '../tune/stop.ts';
import { tuneWeights } from '../tune/weights.ts';
import {
  accuracyOf,
  type Calibration,
  imageOf,
  type Report,
  sampleSteps,
  shareRight,
} from './calibration.ts';
import { narrowMembranes } from './membranes.ts';
import type { ConvertOptions } from './options.ts';

/** Share of the calibration images that fits weights and temperatures; the rest certifies the stop table. */
const FIT_SHARE = 0.2;

/** 16-bit membranes where calibration shows room; the model as it was where 32 bits are asked for. */
export function narrow(model: Model, data: Calibration, images: number, report: Report): Model {
  const ranges = model.layers.map((): MembraneRange => ({ drive: 0, most: 0, peak: 0 }));
  for (let i = 0; i < Math.min(images, data.count); i++) {
    for (const step of simulate(model, imageOf(data, i))) {
      step.ranges.forEach((r, l) => {
        const range = ranges[l] as MembraneRange;
        range.drive = Math.min(range.drive, r.drive);
        range.most = Math.max(range.most, r.most);
        range.peak = Math.max(range.peak, r.peak);
      });
    }
  }
  const { layers, room } = narrowMembranes(model, ranges);
  const shown = layers.map(
    (l, i) =>
      `${l.membraneBits}${l.readout === 'current' ? '' : ` (${(room[i] as number).toFixed(1)}x)`}${l.shift > 0 ? ` >> ${l.shift}` : ''}`,
  );
  report({
    stage: 'membranes',
    text: `membranes in bits (how often 16 would hold the range of ${Math.min(images, data.count)} images): ${shown.join(', ')}`,
    facts: { bits: layers.map((l) => l.membraneBits), room },
  });
  return { ...model, layers };
}

/** `float[image][step]`: whether the same spikes in floating point were right, on the first images. */
export function reportIntegers(
  model: Model,
  traces: Traces,
  labels: Uint8Array,
  float: boolean[][],
  report: Report,
): void {
  const answers = (i: number, s: number, e: number): Int32Array =>
    evidenceOf(traces, i, s + 1, e)[e] as Int32Array;
  const accuracy = model.exits.map((_, e) =>
    Array.from({ length: traces.steps }, (_, s) =>
      accuracyOf(labels, traces.images, (i) => answers(i, s, e)),
    ),
  );
  const last = model.exits.length - 1;
  const same = shareRight(
    float.map((r, i) => r.map((_, s) => argmax(answers(i, s, last)) === labels[i])),
    traces.steps,
  );
  const lost = shareRight(float, traces.steps).map((a, s) => 100 * (a - (same[s] as number)));
  report({
    stage: 'integers',
    text: `integer spikes: final exit ${sampleSteps(accuracy.at(-1) as number[])} on ${traces.images} images`,
    facts: { accuracy, images: traces.images },
  });
  const shown = [0, 1, 3, traces.steps - 1].filter((s, i, all) => s < traces.steps && all.indexOf(s) === i);
  report({
    stage: 'loss',
    text: `integers against floats: ${shown.map((s) => `${signed(-(lost[s] as number))} points at step ${s + 1}`).join(', ')} on the same ${float.length} images`,
    facts: { lost_points: lost, images: float.length },
  });
}

function signed(points: number): string {
  return `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(2)}`;
}

export function tune(
  model: Model,
  traces: Traces,
  labels: Uint8Array,
  units: number[],
  options: ConvertOptions,
  report: Report,
): Model {
  const split = Math.floor(traces.images * FIT_SHARE);
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  // Without a stop table nothing has to be certified, so all images may fit.
  const fit = options.stop === undefined ? traces : selectImages(traces, range(0, split));
  const fused: Model = { ...model, fusion: tuneFusion(fit, labels, units, options, report) };
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
  if (options.stop === undefined) return fused;

  const stop = calibrateStop(fused, rest, restLabels, options.stop);
  const stops = range(0, rest.images).map((i) => stopOf(fused, decisions, stop.rows, i));
  const right = stops.filter((s, i) => s.class === restLabels[i]).length / rest.images;
  const steps = stops.reduce((n, s) => n + s.step, 0) / rest.images;
  report({
    stage: 'stop',
    text: Number.isFinite(stop.bits)
      ? `stopping at ${stop.bits} bits of odds: ${(100 * right).toFixed(2)} % in ${steps.toFixed(2)} steps, ${stop.harmed} of ${stop.images} images harmed`
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

function tuneFusion(
  traces: Traces,
  labels: Uint8Array,
  units: number[],
  options: ConvertOptions,
  report: Report,
): Model['fusion'] {
  if (options.readout === 'current') {
    const rows = tuneWeights(traces, labels, units);
    const shown = rows.map((row) => (row.at(-1)?.weights ?? []).map((w) => (w / 256).toFixed(2)).join('/'));
    report({
      stage: 'weights of exits',
      text: `exits weigh ${shown.join(', ')} at step 1..${rows.length}, temperature in ${FUSE_GAIN_BITS} bits`,
      facts: { rows },
    });
    return { kind: 'current', rows };
  }
  const alpha = tuneAlpha(traces, labels, options.burst, options.alpha);
  const shown = alpha.map((knots) =>
    knots
      .filter((_, i) => i % Math.ceil(knots.length / 8) === 0)
      .map((k) => `${k.step}:${k.alpha / 16}`)
      .join(' '),
  );
  report({
    stage: 'alpha',
    text: `α by ${options.alpha}: ${shown.join(' | ')} (step:α)`,
    facts: { alpha, method: options.alpha },
  });
  return { kind: 'beta', alpha };
}
