/** How many time steps a network of single spikes needs: until its last layer has heard the image, and is sure of it. */
import { MAX_CHANCES } from '../../assembly/shared/limits.ts';
import { pack } from '../file/pack.ts';
import type { Ann } from '../network.ts';
import { record } from '../run/record.ts';
import { evidenceOf } from '../run/traces.ts';
import { percent, type Report } from '../terminal/stages.ts';
import { engineImages } from './budget.ts';
import type { Built } from './build.ts';
import { accuracyOf, type Calibration } from './calibration.ts';
import type { ConvertOptions } from './options.ts';

/** Steps after which the last layer's answer is tried no more; the paper's curves are flat before. */
const MOST_STEPS = 256;
const MOST_IMAGES = 300;
/** A curve that has come so near to its best is flat. */
const FLAT = 0.0025;

export async function enoughSteps(
  network: Ann,
  make: (chosen: { steps: number }) => Built,
  data: Calibration,
  options: ConvertOptions,
  report: Report,
): Promise<number> {
  const delay = options.timing === 'pipelined' ? depth(network) : 0;
  const most = Math.min(MOST_STEPS + delay, Math.floor(MAX_CHANCES / options.burst));
  const { model } = make({ steps: most });
  const count = Math.min(data.count, MOST_IMAGES, engineImages(network, most));
  const images = data.images.subarray(0, (data.images.length / data.count) * count);
  const traces = await record({ model: pack(model), images, count });
  const last = model.exits.length - 1;
  const accuracy = Array.from({ length: traces.steps }, (_, s) =>
    accuracyOf(data.labels, count, (i) => evidenceOf(traces, i, s + 1, last)[last] as Int32Array),
  );
  const best = Math.max(...accuracy);
  const steps = accuracy.findIndex((a) => a >= best - FLAT) + 1;
  report({
    stage: 'steps',
    text: `${steps} steps, from which on the accuracy is flat: ${percent([accuracy[steps - 1] as number])} of ${count} images, at most ${percent([best])} in ${most}; --steps chooses others`,
    facts: { steps, accuracy, images: count },
  });
  return steps;
}

/** Layers on the longest way from the image: as many steps pass before the last can speak. */
export function depth({ layers }: Ann): number {
  const depths: number[] = [];
  for (const { projections } of layers)
    depths.push(1 + Math.max(0, ...projections.map((s) => depths[s.source] ?? 0)));
  return Math.max(...depths);
}
