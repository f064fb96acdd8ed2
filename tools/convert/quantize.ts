/**
 * One float layer into integers: weights of few bits with one scale per channel, thresholds and biases in the same
 * unit, so that a spiking layer needs no requantization. The amplitude of a source's spike is folded into the weights,
 * on every branch of a sum: that is the paper's scaling of residual blocks, of both branches and the skip.
 */
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import type { IntegerProjection, SpikingLayer } from '../model.ts';
import {
  type Ann,
  IMAGE,
  isPool,
  type Layer,
  type Max,
  type Normalization,
  type Projection,
  type Shape,
} from '../network.ts';
import { Failure } from '../terminal/failure.ts';
import { channelOf, channelScales, quantizeWeights, type Rows } from './scales.ts';

const MAX_I32 = 2 ** 31 - 1;
/** Thresholds of layers that spikes feed stay below this, so that a 16-bit membrane keeps room on both sides. */
const MOST_THRESHOLD = 8191;
/** Of all steps together: half of what a membrane holds, the other half is for weights. */
const MOST_BIAS = 2 ** 30;
/** Share of a spike below which all of an image together changes nothing worth a finer unit. */
const NEGLIGIBLE = 1 / 64;

export interface LayerPlan {
  readout: 'spikes' | 'membrane';
  burst: number;
  /** Real value of one spike, its threshold, per channel; unused by `membrane` readouts. */
  amplitude: Float64Array;
  /** Start value in thresholds, 0 in the paper, ½ for QCFS. */
  start: number;
  /** Lower bound of the membrane potential. */
  floor: number;
  /** Bits per weight, 2 to 8. */
  bits: number;
  /** Of LeakyReLU: negative spikes at −threshold / slope. */
  slope: number | undefined;
  /** Finest unit allowed, per channel. */
  least: Float64Array | undefined;
  /** Last time step: that often a bias is added before anything else may happen. */
  steps: number;
}

export interface QuantizedLayer {
  layer: SpikingLayer;
  /** Root mean square of (weight − its integer value), over the root mean square of the weights. */
  weightError: number;
  /** Real value of one integer unit, per channel. */
  unit: Float64Array;
}

/** `amplitudes[i]` is the value of one spike of layer i, per channel; the image's is one grey level. */
export function quantizeLayer(
  network: Ann,
  index: number,
  plan: LayerPlan,
  amplitudes: Float64Array[],
  normalization: Normalization,
): QuantizedLayer {
  const source = network.layers[index] as Layer;
  const [channels] = source.shape;
  const [pool] = source.projections;
  if (pool?.kind === 'max') return maxPool(source, pool, plan);
  const groups = source.projections.map((s) => realWeights(network, source, s, amplitudes, normalization));
  const bias = Float64Array.from(source.bias);
  source.projections.forEach((s) => {
    if (s.source === IMAGE) foldMean(s, channels, bias, normalization);
  });
  const [first] = source.projections;
  const counted = isPool(first);
  const least = leastUnits(plan, first?.source === IMAGE ? groups[0] : undefined, bias);
  const unit =
    counted && first !== undefined
      ? Float64Array.from(
          amplitudes[first.source] as Float64Array,
          (a) => a / pooledPositions(network, first),
        )
      : wholeThresholds(
          channelScales(groups, channels, plan.bits, plan.readout === 'membrane', (c) => least[c] as number),
          plan,
          first?.source === IMAGE,
        );
  const quantized = groups.map((g) => quantizeWeights(g, unit, plan.bits));
  const whole = (what: string, real: (c: number) => number, low: number): Int32Array =>
    wholeUnits(`node "${source.name}": ${what}`, unit, real, low);
  const isMembrane = plan.readout === 'membrane';
  const threshold = isMembrane
    ? new Int32Array(channels).fill(1)
    : whole('threshold', (c) => plan.amplitude[c] as number, 1);
  const { slope } = plan;
  // A membrane never sinks below its floor, so a threshold beyond it need not be exact.
  const negative = (c: number): number =>
    Math.min((plan.amplitude[c] as number) / (slope as number), MAX_I32 * (unit[c] as number));
  const layer: SpikingLayer = {
    shape: source.shape,
    readout: plan.readout,
    burst: plan.burst,
    membraneBits: 32,
    shift: 0,
    floor: plan.floor,
    projections: source.projections.map((s, i) =>
      integerProjection(network, s, channels, plan.bits, (quantized[i] as { weights: Int8Array }).weights),
    ),
    threshold,
    ...(slope === undefined ? {} : { negative: whole('negative threshold', negative, 1) }),
    bias: whole('bias', (c) => bias[c] as number, -MAX_I32),
    start: threshold.map((t) => (isMembrane ? 0 : Math.floor(t * plan.start))),
  };
  if (first?.source === IMAGE) checkInput(source.name, layer, groups[0] as Rows);
  const sum = (of: 'squaredError' | 'square'): number => quantized.reduce((n, q) => n + q[of], 0);
  return { layer, weightError: Math.sqrt(sum('squaredError') / Math.max(sum('square'), 1e-30)), unit };
}

/** Neurons that count: one spike more of the largest count in the window is one spike more of theirs. */
function maxPool({ shape }: Layer, pool: Max, { burst, amplitude }: LayerPlan): QuantizedLayer {
  const { kind, source, kernel, stride, padding } = pool;
  const weights = new Int8Array(0);
  const [channels] = shape;
  const zeros = new Int32Array(channels);
  const layer: SpikingLayer = {
    shape,
    readout: 'spikes',
    burst,
    membraneBits: 16,
    shift: 0,
    floor: 0,
    projections: [{ kind, source, groups: channels, bits: 8, kernel, stride, padding, weights }],
    threshold: new Int32Array(channels).fill(1),
    bias: zeros,
    start: zeros,
  };
  return { layer, weightError: 0, unit: amplitude };
}

/**
 * The finest unit of every channel. Weights that are zero, or too small to matter, must not make it so fine that the
 * threshold, or the bias over all steps, leaves its field. `image`: the rows that see the image.
 */
function leastUnits(plan: LayerPlan, image: Rows | undefined, bias: Float64Array): Float64Array {
  const units = bias.map((b, c) =>
    Math.max(plan.least?.[c] ?? 0, (Math.abs(b) * plan.steps) / MOST_BIAS, 1e-12),
  );
  // Classes share one scale.
  if (plan.readout === 'membrane') return units.fill(units.reduce((a, b) => Math.max(a, b), 0));
  const reach = new Float64Array(units.length);
  image?.values.forEach((w, i) => {
    const c = channelOf(image, i);
    reach[c] = (reach[c] as number) + 255 * Math.abs(w);
  });
  return units.map((u, c) => {
    const amplitude = plan.amplitude[c] as number;
    // On the image thresholds may be larger: pixels are large numbers, and the sum can be shifted right.
    const most =
      image !== undefined && (reach[c] as number) >= amplitude * NEGLIGIBLE ? MAX_I32 / 4 : MOST_THRESHOLD;
    return Math.max(u, amplitude / most);
  });
}

/** Values in units of their channels. @throws Failure where one does not fit 32 bits */
function wholeUnits(what: string, unit: Float64Array, real: (c: number) => number, low: number): Int32Array {
  return Int32Array.from(unit, (u, c) => {
    const value = Math.max(low, Math.round(real(c) / u));
    if (value <= MAX_I32) return value;
    throw new Failure(
      EXIT_MODEL,
      `${what} of channel ${c} is ${value} units, at most ${MAX_I32} fit; its weights or biases are not those of a trained network`,
    );
  });
}

/**
 * A little coarser, so that every threshold is a whole number of units: a rounded one would bend all of its channel.
 * Those of the image's layer can still be shifted right five times.
 */
function wholeThresholds(scale: Float64Array, plan: LayerPlan, seesImage: boolean): Float64Array {
  if (plan.readout === 'membrane') return scale;
  return scale.map((s, c) => {
    const amplitude = plan.amplitude[c] as number;
    // Rounding errors of the division must not cost a unit.
    const units = Math.floor(amplitude / s + 1e-9);
    const whole = seesImage && units >= 512 ? units - (units % 32) : units;
    return whole < 1 ? s : amplitude / whole;
  });
}

/** Weights as rows [tap][input] times the amplitude of what they carry. */
function realWeights(
  network: Ann,
  layer: Layer,
  s: Projection,
  amplitudes: Float64Array[],
  normalization: Normalization,
): Rows {
  const [channels] = layer.shape;
  const [inputs] = shapeOf(network, s.source);
  if (s.kind === 'max') throw new TypeError('a max pool has no weights');
  if (s.kind === 'pool' || s.kind === 'average') {
    const positions = pooledPositions(network, s);
    const values = (amplitudes[s.source] as Float64Array).map((a) => a / positions);
    return { values, inputs, groups: channels, fanOut: 1 };
  }
  const taps = s.kind === 'pooled' ? 1 : s.kernel[0] * s.kernel[1];
  const groups = s.kind === 'pooled' ? 1 : s.groups;
  const positions = s.kind === 'pooled' ? pooledPositions(network, s) : 1;
  const perGroup = inputs / groups;
  const fanOut = channels / groups;
  // The image's rows reach every channel (format.ts), with zeros to other groups.
  const width = s.source === IMAGE ? channels : fanOut;
  const values = new Float64Array(taps * inputs * width);
  for (let i = 0; i < inputs; i++) {
    const amplitude =
      s.source === IMAGE
        ? 1 / (255 * (normalization.std[i] as number))
        : ((amplitudes[s.source] as Float64Array)[i] as number) / positions;
    const group = Math.floor(i / perGroup);
    for (let o = 0; o < fanOut; o++) {
      const from = ((group * fanOut + o) * perGroup + (i % perGroup)) * taps;
      const to = s.source === IMAGE ? group * fanOut + o : o;
      for (let t = 0; t < taps; t++)
        values[(t * inputs + i) * width + to] = (s.weights[from + t] as number) * amplitude;
    }
  }
  return { values, inputs, groups: s.source === IMAGE ? 1 : groups, fanOut: width };
}

/** What one spike adds to a mean is its amplitude over this: the synapses of a pool weigh exactly 1 in that unit. */
function pooledPositions(network: Ann, s: Projection): number {
  if (s.kind === 'average') return s.kernel[0] * s.kernel[1];
  const [, height, width] = shapeOf(network, s.source);
  return height * width;
}

function shapeOf(network: Ann, source: number): Shape {
  return source === IMAGE ? network.input : (network.layers[source] as Layer).shape;
}

/** bias −= Σ w·mean/std: the window always sees as many padding pixels of that mean as it has taps outside. */
function foldMean(s: Projection, channels: number, bias: Float64Array, { mean, std }: Normalization): void {
  if (s.kind !== 'conv') throw new TypeError('only a convolution can read the image');
  const taps = s.kernel[0] * s.kernel[1];
  const perGroup = mean.length / s.groups;
  for (let o = 0; o < channels; o++) {
    const first = Math.floor(o / (channels / s.groups)) * perGroup;
    for (let i = 0; i < perGroup; i++) {
      const pixel = (mean[first + i] as number) / (std[first + i] as number);
      for (let t = 0; t < taps; t++)
        bias[o] = (bias[o] as number) - (s.weights[(o * perGroup + i) * taps + t] as number) * pixel;
    }
  }
}

function integerProjection(
  network: Ann,
  s: Projection,
  channels: number,
  bits: number,
  weights: Int8Array,
): IntegerProjection {
  const { source } = s;
  if (s.kind === 'conv') {
    const { kernel, stride, padding } = s;
    const groups = source === IMAGE ? 1 : s.groups;
    return { kind: 'conv', source, groups, bits, kernel, stride, padding, weights };
  }
  const groups = s.kind === 'pooled' ? 1 : channels;
  if (s.kind === 'average') {
    const { kernel, stride, padding } = s;
    return { kind: 'pooled', source, groups, bits, kernel, stride, padding, weights };
  }
  const [, height, width] = shapeOf(network, source);
  const kernel: [number, number] = [height, width];
  return { kind: 'pooled', source, groups, bits, kernel, stride: [1, 1], padding: [0, 0], weights };
}

function checkInput(name: string, { projections, bias }: SpikingLayer, rows: Rows): void {
  const most = Float64Array.from(bias, Math.abs);
  projections[0]?.weights.forEach((w, i) => {
    const c = channelOf(rows, i);
    most[c] = (most[c] as number) + 255 * Math.abs(w);
  });
  if (most.some((m) => m > MAX_I32))
    throw new Failure(
      EXIT_MODEL,
      `node "${name}": too many inputs from the image for 32 bits; use smaller images`,
    );
}
