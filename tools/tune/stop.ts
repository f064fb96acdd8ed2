/**
 * Stop tables with a guarantee: Learn-then-Test (Angelopoulos et al. 2021) by fixed-sequence testing.
 * One number decides how eager the network is: the odds, in bits, by which the winner must lead the runner-up.
 * From the most careful value on, each is tested on calibration images against "of the next `images` images,
 * stopping turns more than `loss` from right to wrong"; the last value that the test rejects with the chosen
 * confidence is taken. Calibration and future images are exchangeable, so harm spreads over both like drawn balls:
 * the test is hypergeometric and exact, the sampling noise of the future images included.
 */
import { createRequire } from 'node:module';
import type jstat from 'jstat';
import { FUSE_GAIN_BITS, POSTERIOR_ONE } from '../../assembly/shared/format.ts';
import { NEVER } from '../../assembly/shared/limits.ts';
import type { Model } from '../model.ts';
import { evidenceOf, type Traces } from '../run/traces.ts';
import { decideBeta } from './decide-beta.ts';
import { decideMembranes } from './decide-membranes.ts';
import { isUnusual } from './guard.ts';

const require = createRequire(import.meta.url);

export interface StopGoal {
  /** Most accuracy that stopping may cost, as a share of all images: 0.003 is 0.3 points. */
  loss: number;
  /** Confidence of that bound, 0.95. */
  confidence: number;
  /** How many future images the bound is about. */
  images: number;
}

export interface StopTable {
  /** [row][exit], the STOP section. */
  rows: number[][];
  /** Odds in bits that the table means; Infinity where no stopping could be certified. */
  bits: number;
  /** Calibration images, and how many of them stopping turned from right to wrong. */
  images: number;
  harmed: number;
}

const MOST_BITS = 24;
const STEP_BITS = 0.25;

export function calibrateStop(
  model: Model,
  decisions: Decisions,
  labels: ArrayLike<number>,
  goal: StopGoal,
  depth = true,
): StopTable {
  const { images, steps } = decisions;
  let accepted: StopTable = { rows: [], bits: Number.POSITIVE_INFINITY, images, harmed: 0 };
  for (let bits = MOST_BITS; bits >= 0; bits -= STEP_BITS) {
    const rows = marginRows(model, steps, bits, depth);
    const harmed = countHarmed(model, decisions, rows, labels);
    if (chanceOfLuck(harmed, images, goal) > 1 - goal.confidence) break;
    accepted = { rows, bits, images, harmed };
  }
  return accepted;
}

/** Chance that so few calibration images are harmed although the future ones break the bound by one image. */
export function chanceOfLuck(harmed: number, calibration: number, { loss, images }: StopGoal): number {
  const broken = Math.floor(loss * images) + 1;
  // Loaded when something is tuned: whoever evaluates needs the rest of this file only.
  const { hypgeom } = require('jstat') as typeof jstat;
  return hypgeom.cdf(harmed, calibration + images, harmed + broken, calibration);
}

/** Fewest calibration images that can keep the promise, with none of them harmed. */
export function leastImages(goal: StopGoal): number {
  let [low, high] = [1, 2 ** 24];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (chanceOfLuck(0, middle, goal) > 1 - goal.confidence) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Margins, in the model's units, at which the odds reach 2^bits. The last step ends at the final exit anyway: it has a row
 * only where an earlier exit can spare the layers after it.
 */
export function marginRows(model: Model, steps: number, bits: number, depth = true): number[][] {
  const last = model.exits.length - 1;
  const skips = depth && model.timing === 'immediate' && last > 0;
  return Array.from({ length: skips ? steps : steps - 1 }, (_, i) =>
    model.exits.map((_, stage) => {
      if (stage < last ? !skips : i === steps - 1) return NEVER;
      if (model.fusion.kind === 'beta') return Math.ceil((1 - 2 ** -bits) * POSTERIOR_ONE);
      const row = model.fusion.rows[Math.min(i + 1, model.fusion.rows.length) - 1];
      const gain = row?.[stage]?.gain as number;
      return Math.min(NEVER, Math.ceil((bits * 2 ** FUSE_GAIN_BITS) / gain));
    }),
  );
}

interface Decision {
  class: number;
  margin: number;
}

/** Class and margin of every image, step and stage. */
export interface Decisions {
  images: number;
  steps: number;
  stages: number;
  classes: Int32Array;
  margins: Float64Array;
  /** Of every image, 1: it leaves a guard, and no stage may stop it. */
  unusual: Uint8Array;
}

export function decideAll(model: Model, traces: Traces): Decisions {
  const total = traces.images * traces.steps * traces.exits;
  const all: Decisions = {
    images: traces.images,
    steps: traces.steps,
    stages: traces.exits,
    classes: new Int32Array(total),
    margins: new Float64Array(total),
    unusual: Uint8Array.from({ length: traces.images }, (_, i) => (isUnusual(model, traces, i) ? 1 : 0)),
  };
  const decide = deciderOf(model);
  let at = 0;
  for (let image = 0; image < traces.images; image++) {
    for (let step = 1; step <= traces.steps; step++) {
      for (let stage = 0; stage < traces.exits; stage++, at++) {
        const decision = decide(evidenceOf(traces, image, step, stage), step);
        all.classes[at] = decision.class;
        all.margins[at] = decision.margin;
      }
    }
  }
  return all;
}

function deciderOf({ fusion, layers, exits }: Model): (evidence: Int32Array[], step: number) => Decision {
  if (fusion.kind === 'membrane') return (evidence, step) => decideMembranes(fusion.rows, evidence, step);
  const burst = layers[exits[0] as number]?.burst as number;
  const { rows } = fusion;
  return (evidence, step) =>
    decideBeta(rows[Math.min(step, rows.length) - 1] as number[], evidence, burst * step);
}

/** Where a table of margins stops one image: the same order of questions as the engine's. */
export function stopOf(
  model: Model,
  d: Decisions,
  rows: number[][],
  image: number,
): { step: number; stage: number; class: number } {
  const last = d.stages - 1;
  const at = (step: number, stage: number): number => (image * d.steps + step - 1) * d.stages + stage;
  for (let step = 1; step <= d.steps; step++) {
    for (let stage = 0; stage <= last; stage++) {
      if (stage < last && model.timing === 'pipelined') continue;
      const margin = d.unusual[image] === 1 ? NEVER : (rows[step - 1]?.[stage] ?? NEVER);
      const sure = margin !== NEVER && (d.margins[at(step, stage)] as number) >= margin;
      if (sure || (stage === last && step === d.steps))
        return { step, stage, class: d.classes[at(step, stage)] as number };
    }
  }
  throw new RangeError('the last step always stops');
}

/** Images that the whole run gets right and the stopped run gets wrong. */
function countHarmed(model: Model, d: Decisions, rows: number[][], labels: ArrayLike<number>): number {
  let harmed = 0;
  for (let image = 0; image < labels.length; image++) {
    const whole = d.classes[(image + 1) * d.steps * d.stages - 1];
    if (whole === labels[image] && stopOf(model, d, rows, image).class !== labels[image]) harmed++;
  }
  return harmed;
}
