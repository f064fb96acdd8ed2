/**
 * One float layer into integers: int8 weights with one scale per channel, thresholds and biases in the same unit,
 * so that a spiking layer needs no requantization. The amplitude of a source's spike is folded into the weights.
 */
import { MAX_SHIFT } from '../../assembly/shared/limits.ts';
import type { IntegerSynapses, SpikingLayer } from '../model.ts';
import { type Convolution, IMAGE, type Layer, type Network, type Synapses } from '../network.ts';

/** Thresholds stay below this, so that a 16-bit membrane keeps room on both sides. */
const MAX_THRESHOLD = 8191;
const MAX_CURRENT = 16383;

export interface Normalization {
  /** Per input channel, of pixels scaled to [0, 1]: the network sees (pixel/255 − mean) / std. */
  mean: number[];
  std: number[];
}

export interface LayerPlan {
  readout: 'spikes' | 'current';
  burst: number;
  /** Real value of one spike of this layer, its threshold; unused by `current` readouts. */
  amplitude: number;
  /** Start value in thresholds, 0 in the paper, ½ for QCFS. */
  start: number;
  floor: number;
  membraneBits: 16 | 32;
}

export interface QuantizedLayer {
  layer: SpikingLayer;
  /** Root mean square of (weight − its int8 value), over the root mean square of the weights. */
  weightError: number;
  /** Real value of one integer unit, per channel, after the shift. */
  unit: Float64Array;
}

/** `amplitudes[i]` is the value of one spike of layer i; the image's is one grey level. */
export function quantizeLayer(
  network: Network,
  index: number,
  plan: LayerPlan,
  amplitudes: number[],
  normalization: Normalization,
): QuantizedLayer {
  const source = network.layers[index] as Layer;
  const [channels] = source.shape;
  const groups = source.synapses.map((s) => realWeights(network, source, s, amplitudes, normalization));
  const bias = Float64Array.from(source.bias);
  source.synapses.forEach((s) => {
    if (s.source === IMAGE) foldMean(s, channels, bias, normalization);
  });

  const fromImage = source.synapses.some((s) => s.source === IMAGE);
  const pool = source.synapses.find((s) => s.kind === 'pool');
  const scale =
    pool === undefined
      ? channelScales(groups, channels, plan, fromImage)
      : new Float64Array(channels).fill(pooledSpike(network, pool, amplitudes));
  const quantized = groups.map((g) => quantizeWeights(g, scale, channels));
  const weights = quantized.map((q) => q.weights);
  const wholeBias = Int32Array.from(bias, (b, c) => Math.round(b / (scale[c] as number)));
  const shift = fromImage ? imageShift(weights, wholeBias, scale, plan.amplitude) : 0;
  const unit = scale.map((s) => s * 2 ** shift);
  const threshold = Int32Array.from(unit, (u) =>
    plan.readout === 'current' ? 1 : Math.max(1, Math.round(plan.amplitude / u)),
  );
  return {
    layer: {
      shape: source.shape,
      readout: plan.readout,
      burst: plan.burst,
      membraneBits: plan.membraneBits,
      shift,
      floor: plan.floor,
      synapses: source.synapses.map((s, i) => integerSynapses(s, weights[i] as Int8Array)),
      threshold,
      bias: wholeBias,
      start: Int32Array.from(threshold, (t) => (plan.readout === 'current' ? 0 : Math.floor(t * plan.start))),
    },
    weightError: Math.sqrt(
      sum(quantized, (q) => q.squaredError) /
        Math.max(
          sum(quantized, (q) => q.square),
          1e-30,
        ),
    ),
    unit,
  };
}

/** Weights as [tap · input][output] times the amplitude of what they carry. */
function realWeights(
  network: Network,
  layer: Layer,
  s: Synapses,
  amplitudes: number[],
  normalization: Normalization,
): Float64Array {
  const channels = layer.shape[0];
  const [inputs, height, width] =
    s.source === IMAGE ? network.input : (network.layers[s.source] as Layer).shape;
  if (s.kind === 'pool') return new Float64Array(0);
  const taps = s.kind === 'pooled' ? 1 : s.kernel[0] * s.kernel[1];
  if (s.kind === 'depthwise') return depthwiseWeights(s, channels, taps, amplitudes[s.source] as number);
  const pooled = s.kind === 'pooled' ? height * width : 1;
  const out = new Float64Array(taps * inputs * channels);
  for (let o = 0; o < channels; o++) {
    for (let i = 0; i < inputs; i++) {
      const amplitude =
        s.source === IMAGE
          ? 1 / (255 * (normalization.std[i] as number))
          : (amplitudes[s.source] as number) / pooled;
      for (let t = 0; t < taps; t++) {
        out[(t * inputs + i) * channels + o] = (s.weights[(o * inputs + i) * taps + t] as number) * amplitude;
      }
    }
  }
  return out;
}

/** [tap][channel]: the quantizer's "output" of a weight is its channel here as there. */
function depthwiseWeights(s: Convolution, channels: number, taps: number, amplitude: number): Float64Array {
  return Float64Array.from(
    { length: taps * channels },
    (_, i) => (s.weights[(i % channels) * taps + Math.floor(i / channels)] as number) * amplitude,
  );
}

/** What one spike adds to the mean over its map: a pool's synapses weigh exactly 1 in this unit. */
function pooledSpike(network: Network, s: Synapses, amplitudes: number[]): number {
  const [, height, width] = (network.layers[s.source] as Layer).shape;
  return (amplitudes[s.source] as number) / (height * width);
}

/** bias −= Σ w·mean/std: the window always sees as many padding pixels of that mean as it has taps outside. */
function foldMean(s: Synapses, channels: number, bias: Float64Array, { mean, std }: Normalization): void {
  if (s.kind !== 'conv') throw new TypeError('only a convolution can read the image');
  const taps = s.kernel[0] * s.kernel[1];
  for (let o = 0; o < channels; o++) {
    for (let i = 0; i < mean.length; i++) {
      for (let t = 0; t < taps; t++) {
        const weight = s.weights[(o * mean.length + i) * taps + t] as number;
        bias[o] = (bias[o] as number) - (weight * (mean[i] as number)) / (std[i] as number);
      }
    }
  }
}

/** Per channel max|w|/127, over all groups of synapses; one scale for all classes of a `current` readout. */
function channelScales(
  groups: Float64Array[],
  channels: number,
  plan: LayerPlan,
  fromImage: boolean,
): Float64Array {
  const scale = new Float64Array(channels);
  for (const weights of groups) {
    weights.forEach((w, i) => {
      scale[i % channels] = Math.max(scale[i % channels] as number, Math.abs(w) / 127);
    });
  }
  if (plan.readout === 'current') scale.fill(Math.max(...scale));
  // Weights too small to matter against the threshold get a coarser scale instead of a threshold out of range.
  const least = fromImage || plan.readout === 'current' ? 1e-12 : plan.amplitude / MAX_THRESHOLD;
  return scale.map((s) => Math.max(s, least));
}

function quantizeWeights(
  real: Float64Array,
  scale: Float64Array,
  channels: number,
): { weights: Int8Array; squaredError: number; square: number } {
  let squaredError = 0;
  let square = 0;
  const weights = Int8Array.from(real, (w, i) => {
    const s = scale[i % channels] as number;
    const q = Math.round(w / s);
    squaredError += (w - q * s) ** 2;
    square += w * w;
    return q;
  });
  return { weights, squaredError, square };
}

/** The least right shift that brings every possible current of an image and every threshold into 16 bits. */
function imageShift(weights: Int8Array[], bias: Int32Array, scale: Float64Array, amplitude: number): number {
  const channels = bias.length;
  const most = Array.from(bias, Math.abs);
  for (const group of weights) {
    group.forEach((w, i) => {
      most[i % channels] = (most[i % channels] as number) + 255 * Math.abs(w);
    });
  }
  for (let shift = 0; shift < MAX_SHIFT; shift++) {
    const unit = 2 ** shift;
    if (
      most.every(
        (m, c) => m / unit <= MAX_CURRENT && amplitude / ((scale[c] as number) * unit) <= MAX_THRESHOLD,
      )
    ) {
      return shift;
    }
  }
  return MAX_SHIFT;
}

function integerSynapses(s: Synapses, weights: Int8Array): IntegerSynapses {
  if (s.kind === 'pool' || s.kind === 'pooled') {
    return { kind: s.kind, source: s.source, kernel: [0, 0], stride: [0, 0], padding: [0, 0], weights };
  }
  return { kind: s.kind, source: s.source, kernel: s.kernel, stride: s.stride, padding: s.padding, weights };
}

function sum<T>(values: T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
