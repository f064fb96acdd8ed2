/** Trained network + ceilings → integers: every layer quantized, membranes at 32 bits (convert/membranes.ts narrows). */
import { MAX_CHANCES, MAX_ROW } from '../../assembly/shared/limits.ts';
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import type { Fusion, Model } from '../model.ts';
import type { Ann, FloatNeurons, Layer, Normalization } from '../network.ts';
import { Failure } from '../terminal/failure.ts';
import type { ChannelOrder } from './channels.ts';
import { floatNeurons } from './neurons.ts';
import { type LayerPlan, quantizeLayer } from './quantize.ts';

export interface BuildOptions {
  name: string;
  labels: string[];
  timing: 'immediate' | 'pipelined';
  readout: 'spikes' | 'membrane';
  /** K, the most spikes of a neuron within one step. */
  burst: number;
  steps: number;
  /** Start value in thresholds: 0 in the paper, ½ for QCFS. */
  start: number;
  /** Bits per weight, 2 to 8; the image's layer and the classifiers keep 8. */
  bits: number;
  /** In the order of the pixels, RGB. */
  normalization: Normalization;
  /** In which training saw colours; for the record, the weights are already in the order of the pixels. */
  order: ChannelOrder;
}

export interface Built {
  model: Model;
  /** Per layer: name, relative error of the weights. */
  weightErrors: { layer: string; error: number }[];
  /** Real value of one unit of each exit's evidence. */
  units: number[];
  /** Real value of one unit per layer and channel. */
  layerUnits: Float64Array[];
  /** The same neurons in floating point. */
  neurons: FloatNeurons;
}

/** Deepest membrane potential of a 32-bit layer: far below anything reached, far above the wrap. */
const DEEP_FLOOR = -(2 ** 30);

/** `ceilings[i]` is λ of layer i, per channel: with K spikes per step, one spike is worth λ/K. */
export function build(
  network: Ann,
  ceilings: Float64Array[],
  options: BuildOptions,
  /** Units may not be finer than these, per layer and channel: for membranes that would not fit 16 bits. */
  least?: Float64Array[],
): Built {
  const neurons = floatNeurons(network, ceilings, options);
  const quantized = network.layers.map((layer, i) => {
    checkRow(layer);
    const isExit = network.exits.includes(i);
    const readsMembrane = options.readout === 'membrane' && isExit;
    const isFirst = layer.projections.some((s) => s.source < 0);
    const plan: LayerPlan = {
      readout: readsMembrane ? 'membrane' : 'spikes',
      burst: neurons.burst[i] as number,
      amplitude: neurons.amplitude[i] as Float64Array,
      start: neurons.start[i] as number,
      floor: readsMembrane ? -(2 ** 31) : DEEP_FLOOR,
      bits: isExit || isFirst ? 8 : options.bits,
      slope: neurons.slope[i],
      least: least?.[i],
      steps: options.steps,
    };
    return quantizeLayer(network, i, plan, neurons.amplitude, options.normalization);
  });
  const units = network.exits.map((e) => quantized[e]?.unit[0] as number);
  return {
    model: {
      input: network.input,
      // Where nothing is padded, its pixel may be any.
      padding: options.normalization.mean.map((m) => Math.max(0, Math.min(255, Math.round(255 * m)))),
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
        normalization: { ...options.normalization, order: options.order },
      },
    },
    weightErrors: quantized.map((q, i) => ({
      layer: (network.layers[i] as Layer).name,
      error: q.weightError,
    })),
    units,
    layerUnits: quantized.map((q) => q.unit),
    neurons,
  };
}

/** An event is a 16-bit place within its row. */
function checkRow({ name, shape: [channels, , width] }: Layer): void {
  if (channels * width <= MAX_ROW) return;
  const what = `${channels} channels on a row of ${width}`;
  throw new Failure(
    EXIT_MODEL,
    `node "${name}": ${what}, at most ${MAX_ROW} fit; use smaller images or fewer channels`,
  );
}

/** The final exit alone, until the fusion is tuned. */
function neutralFusion(readout: 'spikes' | 'membrane', exits: number): Fusion {
  if (readout === 'spikes') return { kind: 'beta', rows: [new Array<number>(exits - 1).fill(0)] };
  const row = Array.from({ length: exits }, (_, e) => ({
    weights: [...new Array<number>(e).fill(0), 256],
    gain: 1,
  }));
  return { kind: 'membrane', rows: [row] };
}
