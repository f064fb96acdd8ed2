/** A VGG with random weights: 68 M dense MACs, thresholds set so that each layer fires at a given rate. */
import { load } from '../host/node.ts';
import { uniform } from '../tools/data/random.ts';
import { pack } from '../tools/file/pack.ts';
import type { Model, SpikingLayer } from '../tools/model.ts';
import { IMAGE } from '../tools/network.ts';
import { conv, neurons, pooledExit, withOneExit } from './layers.ts';

/** Channels, side of the map, stride of each 3×3 convolution. */
const LAYERS = [
  [64, 32, 1],
  [64, 16, 2],
  [128, 16, 1],
  [128, 8, 2],
  [256, 8, 1],
  [256, 4, 2],
] as const;
const CLASSES = 10;
const SIDE = 32;
/** Halvings of the range in which a threshold is looked for. */
const SEARCHES = 14;
const MOST = 30000;
/** Spikes to the threshold that a burst's first spike has to pass. */
const PARTS = 8;
const SEED = 12345;

/** Images for it: noise, u8 [height][width][3]. */
export function noise(count: number): Uint8Array[] {
  const random = uniform(SEED + 1);
  return Array.from({ length: count }, () =>
    Uint8Array.from({ length: 3 * SIDE * SIDE }, () => 256 * random()),
  );
}

/**
 * @param rate share of neurons that fire in a step, 0 to 1; with 0 none does
 * @param burst above 1, a neuron that fires does so about as often with each count
 */
export async function synthetic(rate: number, burst: number, steps: number): Promise<Model> {
  const random = uniform(SEED);
  const layers = LAYERS.map(([channels, side, stride], i): SpikingLayer => {
    const inputs = LAYERS[i - 1]?.[0] ?? 3;
    const weights = Int8Array.from({ length: 9 * inputs * channels }, () =>
      Math.round(80 * (random() - 0.5)),
    );
    return neurons([channels, side, side], MOST, {
      burst,
      membraneBits: 16,
      floor: burst > 1 ? 0 : -20000,
      shift: i === 0 ? 4 : 0,
      projections: [conv(i === 0 ? IMAGE : i - 1, 3, weights, { stride, padding: 1 })],
    });
  });
  const last = layers.length - 1;
  const { shape } = layers[last] as SpikingLayer;
  const head = Int8Array.from({ length: shape[0] * CLASSES }, () => Math.round(200 * (random() - 0.5)));
  layers.push(pooledExit(last, shape, CLASSES, head));
  const model = withOneExit('synthetic', [3, SIDE, SIDE], steps, layers);
  const [image] = noise(1) as [Uint8Array];
  for (let l = 0; rate > 0 && l <= last; l++) await setThreshold(model, l, rate, image);
  return model;
}

/** With bursts a spike is worth only a part of what the first one has to pass: what lies above makes more of them. */
function setHeight({ threshold, bias, shift, burst }: SpikingLayer, height: number): void {
  const part = burst > 1 ? Math.max(1, Math.round(height / PARTS)) : height;
  threshold.fill(part);
  bias.fill((part - height) * 2 ** shift);
}

async function setThreshold(model: Model, index: number, rate: number, image: Uint8Array): Promise<void> {
  const layer = model.layers[index] as SpikingLayer;
  const { shape } = layer;
  let [low, high] = [1, MOST];
  for (let i = 0; i < SEARCHES && high - low > 1; i++) {
    const middle = Math.round((low + high) / 2);
    setHeight(layer, middle);
    let events = 0;
    for (const step of (await load(pack(model))).run(image, { mayStop: false }))
      events += step.events[index] as number;
    if (events > rate * model.steps * shape[0] * shape[1] * shape[2]) low = middle;
    else high = middle;
  }
}
