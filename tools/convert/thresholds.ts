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
 * activations over a batch. `activations(i)` holds layer i's tensor, [n][channel][y][x].
 */
export function robustCeilings(
  network: Network,
  activations: (layer: number) => Float32Array,
  percent: number,
): number[] {
  return network.layers.map((layer, i) => {
    const [first] = layer.synapses;
    if (first?.kind !== 'pool') return percentile(activations(i), percent);
    // A pool's tensor is the map it pools: its neurons see the means.
    const [, height, width] = (network.layers[first.source] as Layer).shape;
    return percentile(means(activations(i), height * width), percent);
  });
}

function means(values: Float32Array, size: number): Float32Array {
  return Float32Array.from({ length: values.length / size }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += values[i * size + k] as number;
    return sum / size;
  });
}

export function percentile(values: Float32Array, percent: number): number {
  const sorted = Float32Array.from(values).sort();
  const place = ((sorted.length - 1) * percent) / 100;
  const low = sorted[Math.floor(place)] as number;
  const high = sorted[Math.ceil(place)] as number;
  return low + (high - low) * (place - Math.floor(place));
}
