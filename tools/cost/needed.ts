/** Which layers an exit needs. */
import type { Model, SpikingLayer } from '../model.ts';
import { IMAGE } from '../network.ts';

/** What exit `exit` reads, directly or not, itself and no other exit's classifier. */
export function neededBy(model: Model, exit: number): Set<number> {
  const needed = new Set([model.exits[exit] as number]);
  for (let i = model.layers.length - 1; i >= 0; i--) {
    if (!needed.has(i)) continue;
    for (const s of (model.layers[i] as SpikingLayer).projections)
      if (s.source !== IMAGE) needed.add(s.source);
  }
  return needed;
}
