/** What membranes have to hold: measured on calibration images by the engine itself, before it is narrowed. */
import { load } from '../../host/node.ts';
import { pack } from '../file/pack.ts';
import type { Model, SpikingLayer } from '../model.ts';
import { type MembraneRange, noRange } from '../reference/simulate.ts';
import { type Calibration, imageOf } from './calibration.ts';

/** Per layer and channel, of all steps of the first `images` images; the model's membranes have 32 bits. */
export async function membraneRanges(
  model: Model,
  data: Calibration,
  images: number,
): Promise<MembraneRange[][]> {
  // With one step alone, layers that fire would keep no potentials.
  const network = await load(pack({ ...model, steps: Math.max(2, model.steps), stop: [] }));
  const ranges = model.layers.map(noRange);
  const starts = model.layers.map(({ shape: [channels, height, width], start }) =>
    Int32Array.from({ length: channels * height * width }, (_, i) => start[i % channels] as number),
  );
  const before = starts.map((s) => s.slice());
  for (let image = 0; image < Math.min(images, data.count); image++) {
    for (const [l, v] of before.entries()) v.set(starts[l] as Int32Array);
    for (const { step } of network.run(imageOf(data, image), { mayStop: false })) {
      if (step > model.steps) break;
      for (const [l, layer] of model.layers.entries()) {
        const potentials = Int32Array.from(network.membranes(l));
        addFired(layer, network.layerEvents(l), potentials);
        widen(ranges[l] as MembraneRange[], potentials, before[l] as Int32Array);
        (before[l] as Int32Array).set(network.membranes(l));
      }
    }
  }
  return ranges;
}

/** What the neurons subtracted when they fired. */
function addFired(
  { threshold, negative, shape: [channels] }: SpikingLayer,
  { index, count }: { index: number[]; count: number[] },
  potentials: Int32Array,
): void {
  for (const [i, neuron] of index.entries()) {
    const spikes = count[i] as number;
    const each = (spikes > 0 ? threshold : (negative as Int32Array))[neuron % channels] as number;
    potentials[neuron] = (potentials[neuron] as number) + spikes * each;
  }
}

function widen(ranges: MembraneRange[], peaks: Int32Array, before: Int32Array): void {
  for (let i = 0; i < peaks.length; i++) {
    const range = ranges[i % ranges.length] as MembraneRange;
    const peak = peaks[i] as number;
    const drive = peak - (before[i] as number);
    if (drive < range.drive) range.drive = drive;
    if (drive > range.most) range.most = drive;
    if (peak > range.peak) range.peak = peak;
  }
}
