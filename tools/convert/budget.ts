/** How many images the stages in plain code may use: they take seconds, however large the network is. */
import { denseMacs } from '../cost/energy.ts';
import type { Ann } from '../network.ts';

/** Products of a dense network that plain code may visit in one stage. */
const PRODUCTS = 4e9;
/** Values of activations held in memory at once, 4 bytes each. */
const VALUES = 6e7;

/** At least `least`, at most `most`, else as many images as the budget allows for `steps` steps each. */
export function slowImages(network: Ann, steps: number, least: number, most: number): number {
  const images = Math.floor(PRODUCTS / (denseMacs(network) * steps));
  return Math.min(most, Math.max(least, images));
}

/** Images whose activations of all layers fit into memory. */
export function heldImages(network: Ann, most: number): number {
  const values = network.layers.reduce((n, l) => n + l.shape[0] * l.shape[1] * l.shape[2], 0);
  return Math.min(most, Math.max(8, Math.floor(VALUES / values)));
}

/** Images that the engine walks through in seconds, every membrane read after every step. */
export function engineImages(network: Ann, steps: number): number {
  return Math.min(1000, Math.max(100, Math.floor(1e12 / (denseMacs(network) * steps))));
}
