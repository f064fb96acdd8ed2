/**
 * What an evaluation keeps of its images: whole numbers summed over them, so that slices, threads and shards add up
 * to exactly the same, in any order.
 */
import { imageMacs } from '../cost/energy.ts';
import { neededBy } from '../cost/needed.ts';
import type { Model } from '../model.ts';

/** Flat arrays; step 1 has index 0. Work is that of the single step, not since the first. */
export interface Tally {
  /** [exit][step]: right answers of every exit on its own. */
  right: number[];
  /** [step]: right answers of all exits fused. */
  fused_right: number[];
  /** [step][layer]: synapses visited, neurons that fired, spikes they sent. */
  sops: number[];
  events: number[];
  spikes: number[];
  /** [step][exit]: images that stop there; each image stops once. */
  stopped: number[];
  /** [step][exit]: those of them with the right answer. */
  stopped_right: number[];
  /** [layer]: the work of the images until they stop. */
  stopped_sops: number[];
  stopped_events: number[];
  stopped_spikes: number[];
}

/** What is to be known of the network to read a tally, without its weights. */
export interface NetworkFacts {
  name: string;
  steps: number;
  /** Names. */
  layers: string[];
  /** Per exit, earliest first: the layers that it needs on its own. */
  exits: number[][];
  /** Products that the image's layer needs, once per image. */
  image_macs: number;
}

export function factsOf(model: Model): NetworkFacts {
  const layers = model.layers.map((_, l) => l);
  return {
    name: model.meta.name,
    steps: model.steps,
    layers: layers.map((l) => model.meta.layers[l] ?? `layer ${l}`),
    exits: model.exits.map((_, e) => [...neededBy(model, e)].sort((a, b) => a - b)),
    image_macs: imageMacs(model),
  };
}

/** A tally of no images. */
export function emptyTally(steps: number, layers: number, exits: number): Tally {
  const zeros = (length: number): number[] => new Array<number>(length).fill(0);
  return {
    right: zeros(exits * steps),
    fused_right: zeros(steps),
    sops: zeros(steps * layers),
    events: zeros(steps * layers),
    spikes: zeros(steps * layers),
    stopped: zeros(steps * exits),
    stopped_right: zeros(steps * exits),
    stopped_sops: zeros(layers),
    stopped_events: zeros(layers),
    stopped_spikes: zeros(layers),
  };
}

export function addTally(to: Tally, from: Tally): void {
  add(to.right, from.right);
  add(to.fused_right, from.fused_right);
  add(to.sops, from.sops);
  add(to.events, from.events);
  add(to.spikes, from.spikes);
  add(to.stopped, from.stopped);
  add(to.stopped_right, from.stopped_right);
  add(to.stopped_sops, from.stopped_sops);
  add(to.stopped_events, from.stopped_events);
  add(to.stopped_spikes, from.stopped_spikes);
}

/** Adds `values` to the numbers of `to` from `at` on. */
export function add(to: number[], values: ArrayLike<number>, at = 0): void {
  for (let i = 0; i < values.length; i++) to[at + i] = (to[at + i] as number) + (values[i] as number);
}

export function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

export function imagesOf(tally: Tally): number {
  return sum(tally.stopped);
}
