/** Levels that a network was trained for, which are what its neurons fire in a step. */
import { type Ann, isPool } from '../network.ts';

/**
 * Most QCFS levels of a hidden layer; undefined where one has no ceiling, or none has levels: a clipped ReLU alone says
 * how much a neuron may fire in all, and nothing of the steps that it takes.
 */
export function levelsOf({ layers, exits }: Ann): number | undefined {
  const hidden = layers.filter((l, i) => !exits.includes(i) && !isPool(l.projections[0]));
  if (hidden.some(({ activation: { kind } }) => kind !== 'qcfs' && kind !== 'clip')) return undefined;
  const levels = hidden.flatMap(({ activation: a }) => (a.kind === 'qcfs' ? [a.levels] : []));
  return levels.length === 0 ? undefined : Math.max(...levels);
}
