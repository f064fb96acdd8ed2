/** Trained network + ceilings → integers: every layer quantized, with the membranes wide enough for what they hold. */
import { MAX_CHANCES } from '../../assembly/shared/limits.ts';
import type { Fusion, Model, SpikingLayer } from '../model.ts';
import type { Layer, Network } from '../network.ts';
import { type LayerPlan, type Normalization, quantizeLayer } from '../quantize/layer.ts';

export interface BuildOptions {
  name: string;
  labels: string[];
  timing: 'immediate' | 'pipelined';
  readout: 'spikes' | 'current';
  /** K, the most spikes of a neuron within one step. */
  burst: number;
  steps: number;
  /** Start value in thresholds: 0 in the paper, ½ for QCFS. */
  start: number;
  normalization: Normalization;
}

export interface Built {
  model: Model;
  /** Per layer: name, relative error of the weights. */
  weightErrors: { layer: string; error: number }[];
  /** Real value of one unit of each exit's evidence. */
  units: number[];
  amplitudes: number[];
}

/** Deepest membrane potential of a 32-bit layer: far below anything reached, far above the wrap. */
const DEEP_FLOOR = -(2 ** 30);

/** `ceilings[i]` is λ of layer i: with K spikes per step, one spike is worth λ/K. */
export function build(network: Network, ceilings: number[], options: BuildOptions): Built {
  const amplitudes = ceilings.map((c) => c / options.burst);
  const quantized = network.layers.map((_, i) => {
    const current = options.readout === 'current' && network.exits.includes(i);
    const plan: LayerPlan = {
      readout: current ? 'current' : 'spikes',
      burst: options.burst,
      amplitude: amplitudes[i] as number,
      start: options.start,
      floor: current ? -(2 ** 31) : DEEP_FLOOR,
      membraneBits: 32,
    };
    return quantizeLayer(network, i, plan, amplitudes, options.normalization);
  });
  return {
    model: {
      input: network.input,
      padding: options.normalization.mean.map((m) => Math.round(255 * m)),
      timing: options.timing,
      steps: Math.min(options.steps, Math.floor(MAX_CHANCES / options.burst)),
      layers: quantized.map((q) => q.layer),
      exits: network.exits,
      fusion: neutralFusion(options.readout, network.exits.length),
      stop: [],
      meta: { name: options.name, labels: options.labels, layers: network.layers.map((l: Layer) => l.name) },
    },
    weightErrors: quantized.map((q, i) => ({
      layer: (network.layers[i] as Layer).name,
      error: q.weightError,
    })),
    units: network.exits.map((e) => quantized[e]?.unit[0] as number),
    amplitudes,
  };
}

/** The final exit alone, until the fusion is tuned. */
function neutralFusion(readout: 'spikes' | 'current', exits: number): Fusion {
  if (readout === 'spikes')
    return { kind: 'beta', alpha: Array.from({ length: exits - 1 }, () => [{ step: 1, alpha: 0 }]) };
  const row = Array.from({ length: exits }, (_, e) => ({
    weights: [...new Array<number>(e).fill(0), 256],
    gain: 1,
  }));
  return { kind: 'current', rows: [row] };
}

/** Narrows the membranes of every layer whose range, seen on calibration images, fits 16 bits twice over. */
export function narrowMembranes(model: Model, ranges: { low: number; high: number }[]): SpikingLayer[] {
  return model.layers.map((layer, i) => {
    const { low, high } = ranges[i] as { low: number; high: number };
    const fits = layer.readout === 'spikes' && 2 * high <= NARROW_TOP && 2 * low >= NARROW_FLOOR;
    return fits ? { ...layer, membraneBits: 16, floor: NARROW_FLOOR } : layer;
  });
}

/** A floor at half the range leaves the other half for the drive of one step, so that nothing wraps. */
const NARROW_FLOOR = -16384;
const NARROW_TOP = 32767;
