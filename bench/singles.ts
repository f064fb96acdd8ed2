/** The trained networks as single spikes over time, made from their files of bursts: weights stand in the repository once. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pack } from '../tools/file/pack.ts';
import { unpack } from '../tools/file/unpack.ts';
import { type Fusion, type Model, seesImage } from '../tools/model.ts';

const FOLDER = join('bench', 'networks');
const RECIPES = join(FOLDER, 'singles.json');

/** What calibration on the 5,000 held-out training images decided; everything else follows from the bursts. */
interface Recipe {
  /** File of the network in one step of bursts. */
  from: string;
  steps: number;
  /** Layers whose membranes need 32 bits once spikes arrive over several steps. */
  membranes32: number[];
  /** By how much more the image's input is shifted, and its thresholds with it, so that eight steps fit 16 bits. */
  imageShift: number;
  fusion: Fusion;
  stop: number[][];
}

function recipes(): Record<string, Recipe> {
  return JSON.parse(readFileSync(RECIPES, 'utf8')) as Record<string, Recipe>;
}

/** Bytes of one of them; undefined if there is no recipe of that name. */
export function single(name: string): Uint8Array | undefined {
  const recipe = recipes()[name];
  if (recipe === undefined) return undefined;
  const file = join(FOLDER, recipe.from);
  return pack(singleSpikes(unpack(readFileSync(file), file), recipe));
}

/**
 * K spikes of λ/K each become one of λ: the unit of all layers that spikes feed grows by K, so weights and thresholds stay
 * the same integers and biases shrink by K. The image's input keeps its unit, so it is shifted by log2(K) more.
 */
function singleSpikes(model: Model, { steps, membranes32, imageShift, fusion, stop }: Recipe): Model {
  const burst = Math.max(...model.layers.map((l) => l.burst));
  const layers = model.layers.map((layer, i) => {
    const wide = membranes32.includes(i) ? { membraneBits: 32 as const, floor: -(2 ** 30) } : {};
    const rest = { ...layer, burst: 1, ...wide };
    if (!seesImage(layer)) return { ...rest, bias: layer.bias.map((b) => Math.round(b / burst)) };
    const coarser = (values: Int32Array): Int32Array => values.map((v) => Math.round(v / 2 ** imageShift));
    return {
      ...rest,
      shift: layer.shift + Math.log2(burst) + imageShift,
      threshold: coarser(layer.threshold),
      start: coarser(layer.start),
    };
  });
  const { units, ...meta } = model.meta;
  const grown = units === undefined ? {} : { units: units.map((u) => u * burst) };
  return { ...model, steps, layers, fusion, stop, meta: { ...meta, ...grown } };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const name of Object.keys(recipes())) {
    const path = join(FOLDER, `${name}.snn`);
    writeFileSync(path, single(name) as Uint8Array);
    console.log(path);
  }
