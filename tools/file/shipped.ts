/** The models in the npm package, for whoever shows what they can do. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Model } from '../model.ts';
import { unpack } from './unpack.ts';

/** The models that the package ships, by what they are for. */
export const MODELS = {
  /** Bursts, `membrane` readout, stopping in time and depth: the default. */
  default: 'mnist.snn',
  /** One spike per neuron and step, fine-tuned. */
  single: 'mnist-single.snn',
  /** The paper's way: pipelined, single spikes, robust normalization; α by grid and by empirical Bayes. */
  grid: 'mnist-paper.snn',
  empirical: 'mnist-paper-eb.snn',
  /** For microcontrollers: 39 KB of RAM beside a model in flash. */
  tiny: 'mnist-tiny.snn',
} as const;

export interface Shipped {
  bytes: Uint8Array;
  model: Model;
}

/** A file in models/, wherever the package lies. */
export async function shippedFile(file: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(createRequire(import.meta.url).resolve(`#models/${file}`)));
}

export async function shippedModel(file: string): Promise<Shipped> {
  const bytes = await shippedFile(file);
  return { bytes, model: unpack(bytes, file) };
}
