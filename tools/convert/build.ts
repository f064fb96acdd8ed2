/** Trained network + ceilings → integers: every layer quantized, with the membranes wide enough for what they hold. */
import { MAX_CHANCES } from '../../assembly/shared/limits.ts';
import type { Fusion, Model, SpikingLayer } from '../model.ts';
import type { Layer, Network } from '../network.ts';
import { type LayerPlan, type Normalization, quantizeLayer } from '../quantize/layer.ts';
import type { MembraneRange } from '../reference/simulate.ts';

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
  const units = network.exits.map((e) => quantized[e]?.unit[0] as number);
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
      meta: {
        name: options.name,
        labels: options.labels,
        layers: network.layers.map((l: Layer) => l.name),
        units,
      },
    },
    weightErrors: quantized.map((q, i) => ({
      layer: (network.layers[i] as Layer).name,
      error: q.weightError,
    })),
    units,
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

/**
 * Narrows the membranes of every layer that calibration shows to fit 16 bits with room for twice the drive and twice
 * the peak. `room` tells by what factor the worst of the two stays inside.
 */
export function narrowMembranes(
  model: Model,
  ranges: MembraneRange[],
): { layers: SpikingLayer[]; room: number[] } {
  const room = ranges.map(({ drive, peak }) =>
    Math.min((NARROW_FLOOR + 32768) / Math.max(1, -drive), 32767 / Math.max(1, peak)),
  );
  const layers = model.layers.map((layer, i): SpikingLayer => {
    const fits = layer.readout === 'spikes' && (room[i] as number) >= NARROW_ROOM;
    return fits ? { ...layer, membraneBits: 16, floor: NARROW_FLOOR } : layer;
  });
  return { layers, room };
}

const NARROW_ROOM = 2;
/** No neuron sinks deeper, so the drive of one step never wraps; far below any threshold, it hardly ever acts. */
const NARROW_FLOOR = -8192;
