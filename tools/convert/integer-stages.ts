/** The integer side of a conversion: membrane widths, accuracy in spikes, fusion and stop tables. */

import { EXIT_DATA } from '../../assembly/shared/status.ts';
import type { Model } from '../model.ts';
import { argmax, evidenceOf, type Traces } from '../run/traces.ts';
import { Failure } from '../terminal/failure.ts';
import { ofImages, percent, type Report, sampleSteps } from '../terminal/stages.ts';
import type { Built } from './build.ts';
import { accuracyOf, type Calibration, shareRight } from './calibration.ts';
import { coarserUnits, narrowMembranes } from './membranes.ts';
import type { ConvertOptions } from './options.ts';
import { chanceOf } from './plausible.ts';
import { membraneRanges } from './ranges.ts';

/**
 * 16-bit membranes where calibration shows room, in coarser units where that makes it. `rebuild` quantizes anew with at
 * least the units given, per layer and channel.
 */
export async function membranesStage(
  built: Built,
  rebuild: (least: Float64Array[]) => Built,
  data: Calibration,
  images: number,
  report: Report,
): Promise<Built> {
  const ranges = await membraneRanges(built.model, data, images);
  const coarser = coarserUnits(built.model, ranges);
  const isCoarser = coarser.some((layer) => layer.some((f) => f > 1));
  const next = isCoarser
    ? rebuild(built.layerUnits.map((units, l) => units.map((u, c) => u * (coarser[l]?.[c] as number))))
    : built;
  // What the same images reach in the new units.
  const scaled = ranges.map((layer, l) =>
    layer.map(({ drive, most, peak }, c) => {
      const by = (built.layerUnits[l]?.[c] as number) / (next.layerUnits[l]?.[c] as number);
      return { drive: drive * by, most: most * by, peak: peak * by };
    }),
  );
  const { layers, room } = narrowMembranes(next.model, scaled);
  const most = coarser.map((layer) => Math.max(...layer));
  const { model } = next;
  const shown = layers.map((l, i) => {
    const times = (room[i] as number).toFixed(1);
    const holds =
      l.membraneBits === 16 ? `holds ${times} times that` : `16 would hold ${times} times that, 2 are wanted`;
    const why = l.readout === 'membrane' ? 'an exit, whose sums are the answer' : holds;
    const shift = l.shift > 0 ? `, input halved ${l.shift} times` : '';
    const units =
      (most[i] as number) > 1
        ? `, its weights up to ${(most[i] as number).toFixed(1)} times coarser for it`
        : '';
    return `${model.meta.layers[i]} ${l.membraneBits} (${why}${shift}${units})`;
  });
  report({
    stage: 'membranes',
    text: `bits of the membrane potentials, by the range that ${Math.min(images, data.count)} images reached: ${shown.join('; ')}`,
    facts: { bits: layers.map((l) => l.membraneBits), room, coarser: most },
  });
  return { ...next, model: { ...next.model, layers } };
}

/**
 * `float[image][step]`: whether the same spikes in floating point were right, on the first images.
 * @returns accuracy of the final exit at the last step
 */
export function integersStage(
  model: Model,
  traces: Traces,
  labels: Uint8Array,
  float: boolean[][],
  report: Report,
): number {
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
    text: `spikes in integers, as they will run: final exit ${sampleSteps(accuracy.at(-1) as number[])} on ${ofImages(accuracy.at(-1)?.at(-1) as number, traces.images)}`,
    facts: { accuracy, images: traces.images },
  });
  const shown = [0, 1, 3, traces.steps - 1].filter((s, i, all) => s < traces.steps && all.indexOf(s) === i);
  report({
    stage: 'loss',
    text: `integers against floats, on the same ${float.length} images: ${shown.map((s) => `${difference(lost[s] as number)} at step ${s + 1}`).join(', ')}`,
    facts: { lost_points: lost, images: float.length },
  });
  return accuracy.at(-1)?.at(-1) as number;
}

/** Points that a conversion may lose without a warning. */
const MOST_LOST = 1;

/** @throws Failure where nothing is left of what the network knew */
export function checkIntegers(
  accuracy: number,
  ann: number | undefined,
  { labels, count }: Calibration,
  { force, steps }: ConvertOptions,
  file: string,
  report: Report,
): void {
  const { chance, limit } = chanceOf(labels, count);
  const advice = 'try more --steps, a larger --burst, --method light or more --bits';
  if (accuracy <= limit && !force)
    throw new Failure(
      EXIT_DATA,
      `${file}: as integer spikes right on ${percent([accuracy])} after ${steps} steps, guessing on ${percent([chance])}; ${advice}, or convert with --force as it is`,
    );
  const lost = 100 * ((ann ?? accuracy) - accuracy);
  if (lost > MOST_LOST)
    report({
      stage: 'warning',
      text: `the integer spikes are ${lost.toFixed(2)} points below the float ANN at the last step; ${advice}`,
      facts: { lost_points: lost },
    });
}

/** `lost` in points. */
function difference(lost: number): string {
  if (Math.abs(lost) < 0.005) return 'equally right';
  return `${Math.abs(lost).toFixed(2)} points ${lost > 0 ? 'worse' : 'better'}`;
}
