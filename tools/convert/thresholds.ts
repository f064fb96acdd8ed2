/** Where each layer's ceiling λ comes from: the value that a neuron at its full firing rate stands for. */
import type { Layer, Network } from '../network.ts';

/** λ of QCFS or clipped activations, as trained (Bu et al., ICLR 2022). NaN where the network does not tell. */
export function trainedCeilings(network: Network): number[] {
  return network.layers.map((l) =>
    l.activation.kind === 'qcfs' || l.activation.kind === 'clip' ? l.activation.ceiling : Number.NaN,
  );
}

/**
 * Robust normalization (Rueckauer et al. 2017, used by the paper with p = 99.9): the p-th percentile of each layer's
 * activations over a batch. `activations(i)` holds the outputs of layer i; of classifiers the positive part counts.
 */
export function robustCeilings(
  network: Network,
  activations: (layer: number) => Float32Array,
  percent: number,
): number[] {
  const ceilings: number[] = [];
  network.layers.forEach((layer: Layer, i) => {
    const pool =
      layer.synapses.length === 1 && layer.synapses[0]?.kind === 'pool' ? layer.synapses[0] : undefined;
    // A pooled rate is a mean of rates: it keeps the scale of what it pools.
    ceilings.push(pool ? (ceilings[pool.source] as number) : percentile(activations(i), percent));
  });
  return ceilings;
}

export function percentile(values: Float32Array, percent: number): number {
  const sorted = Float32Array.from(values).sort();
  const place = ((sorted.length - 1) * percent) / 100;
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  return low + (high - low) * (place - Math.floor(place));
}
