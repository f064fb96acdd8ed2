/** Where each layer's ceiling λ comes from: the value that a neuron at its full firing rate means. */
import type { Ann, Layer } from '../network.ts';
import { activate } from '../reference/float.ts';

/** Layer i's output, [n][channel][y][x], as the ANN computes it. */
export type Activations = (layer: number) => Float32Array;

/** λ of QCFS or clipped activations, as trained (Bu et al., ICLR 2022). NaN where the network does not tell. */
export function trainedCeilings(network: Ann): Float64Array[] {
  return network.layers.map(({ activation, shape }) => {
    const known = activation.kind === 'qcfs' || activation.kind === 'clip';
    return new Float64Array(shape[0]).fill(known ? activation.ceiling : Number.NaN);
  });
}

/**
 * Robust normalization (Rueckauer et al. 2017, used by the paper with p = 99.9): the p-th percentile of each layer's
 * activations over a batch, the same for all its channels. Negative ones, of LeakyReLU, count as they are.
 * @param pools what a pool's neurons are normalized by: the map before them, as the paper's are, or their own means
 */
export function robustCeilings(
  network: Ann,
  activations: Activations,
  percent: number,
  pools: 'map' | 'means',
): Float64Array[] {
  return network.layers.map((layer, i) => {
    const ofMap = pools === 'map' && layer.projections[0]?.kind === 'pool';
    const values = ofMap ? activations(i) : neuronValues(network, i, activations);
    return new Float64Array(layer.shape[0]).fill(percentile(values, percent));
  });
}

/** Shares of a channel's greatest activation tried as its ceiling. */
const SHARES = Array.from({ length: 24 }, (_, i) => 1 - i / 25);
/** A silent channel gets this share of its layer's greatest ceiling: it may wake up on other images. */
const SILENT = 0.01;

/**
 * Ceilings of the `light` calibration: per channel, the λ whose `levels` equal steps come closest to the activations,
 * the least mean squared error (Li et al., ICML 2021, there per layer). Clipping a few outliers pays for finer steps.
 */
export function lightCeilings(network: Ann, activations: Activations, levels: number): Float64Array[] {
  return network.layers.map((layer, i) => {
    const values = neuronValues(network, i, activations);
    const [channels] = layer.shape;
    const positions = layer.projections[0]?.kind === 'pool' ? 1 : layer.shape[1] * layer.shape[2];
    const ceilings = Float64Array.from({ length: channels }, (_, c) =>
      bestCeiling(channelValues(values, channels, positions, c), levels),
    );
    const most = Math.max(...ceilings);
    return ceilings.map((λ) => Math.max(λ, SILENT * most));
  });
}

function bestCeiling(values: Float32Array, levels: number): number {
  const active = values.filter((x) => x > 0);
  const most = active.reduce((a, b) => Math.max(a, b), 0);
  if (most === 0) return 0;
  let best = most;
  let least = Number.POSITIVE_INFINITY;
  for (const share of SHARES) {
    const error = squaredError(active, (share * most) / levels, levels, least);
    if (error < least) {
      least = error;
      best = share * most;
    }
  }
  return best;
}

/** Values between two looks at the sum. */
const STRETCH = 1024;

/** Of `values` in so many steps; given up where it passes `most`, because a sum of squares only grows. */
function squaredError(values: Float32Array, step: number, levels: number, most: number): number {
  let error = 0;
  for (let first = 0; first < values.length && error < most; first += STRETCH) {
    const end = Math.min(values.length, first + STRETCH);
    for (let i = first; i < end; i++) {
      const x = values[i] as number;
      const off = x - Math.min(levels, Math.floor(x / step + 0.5)) * step;
      error += off * off;
    }
  }
  return error;
}

/** Of one channel, from [n][channel][position]. */
export function channelValues(
  values: Float32Array,
  channels: number,
  positions: number,
  c: number,
): Float32Array {
  const images = values.length / (channels * positions);
  const out = new Float32Array(images * positions);
  for (let n = 0; n < images; n++) {
    const from = (n * channels + c) * positions;
    out.set(values.subarray(from, from + positions), n * positions);
  }
  return out;
}

/** What layer i's neurons stand for: a pool's tensor is the map it pools, its neurons see the means. */
export function neuronValues(network: Ann, i: number, activations: Activations): Float32Array {
  const { projections, activation, isSum } = network.layers[i] as Layer;
  const [first] = projections;
  if (isSum === true) return activations(i).map((x) => activate(activation, x));
  if (first?.kind !== 'pool') return activations(i);
  const [, height, width] = (network.layers[first.source] as Layer).shape;
  return means(activations(i), height * width);
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
