/**
 * Guards: an early exit is fooled first, and is sure then. Images that drive the first layers unlike those of calibration
 * run all their steps. What tells them apart is how many spikes a layer makes of those of the layer before: noise, blur
 * and contrast change that, while the number alone says how much ink there is.
 */
import { GUARD_BITS } from '../../assembly/shared/format.ts';
import { MAX_GUARD_BITS } from '../../assembly/shared/limits.ts';
import { type Guard, type IntegerProjection, type Model, type SpikingLayer, seesImage } from '../model.ts';
import type { Traces } from '../run/traces.ts';

/** Layers that are looked at: later ones tell classes apart. */
const FIRST_LAYERS = 3;
/** Share of the calibration images below a guard, and above it. */
const TAIL = 0.001;
const MOST = 2 ** MAX_GUARD_BITS - 1;

/** The same model with guards that few of these images leave; for networks whose layers run in order. */
export function withGuards(model: Model, traces: Traces): Model {
  const bare = withoutGuards(model);
  const end = Math.min(FIRST_LAYERS, model.exits[0] as number);
  const layers = bare.layers.map((layer, i) =>
    i >= end || seesImage(layer) ? layer : { ...layer, guard: guardOf(layer, i, traces) },
  );
  return { ...bare, layers };
}

export function withoutGuards(model: Model): Model {
  return { ...model, layers: model.layers.map(({ guard: _, ...layer }) => layer) };
}

function guardOf(layer: SpikingLayer, index: number, traces: Traces): Guard {
  const ratios = Float64Array.from({ length: traces.images }, (_, image) => {
    const { spikes, source } = firstSpikes(layer, index, traces, image);
    return (spikes * 2 ** GUARD_BITS) / (source + 1);
  }).sort();
  const left = Math.floor(TAIL * traces.images);
  return {
    low: Math.min(MOST, Math.floor(ratios[left] as number)),
    high: Math.min(MOST, Math.ceil(ratios.at(-1 - left) as number)),
  };
}

/** Whether an image leaves one of the guards. */
export function isUnusual({ layers }: Model, traces: Traces, image: number): boolean {
  return layers.some((layer, index) => {
    if (layer.guard === undefined) return false;
    const { spikes, source } = firstSpikes(layer, index, traces, image);
    const scaled = spikes * 2 ** GUARD_BITS;
    return scaled < layer.guard.low * (source + 1) || scaled > layer.guard.high * (source + 1);
  });
}

/** In the first step: the spikes of a layer, and those of its first source. */
function firstSpikes(
  { projections }: SpikingLayer,
  index: number,
  { spikes, steps, layers }: Traces,
  image: number,
): { spikes: number; source: number } {
  const of = (layer: number): number => spikes[image * steps * layers + layer] as number;
  return { spikes: of(index), source: of((projections[0] as IntegerProjection).source) };
}
