/**
 * A trained network as plain data: what every importer returns and what `convert` takes.
 * Batch normalization is already folded; layers stand in topological order.
 */
export interface Ann {
  /** [channels, height, width] of one input image, pixels already scaled to [0, 1]. */
  input: Shape;
  layers: Layer[];
  /** Indices into `layers` of the classifiers, earliest first; the last one is the final exit. */
  exits: number[];
}

/** [channels, height, width]; a vector of n features is [n, 1, 1]. */
export type Shape = [channels: number, height: number, width: number];

/** One population of neurons: y = activation(bias + Σ over projections). */
export interface Layer {
  /** Name of the source node, for messages and tables. */
  name: string;
  /** Name of the tensor in the source model that holds this layer's output, after the activation unless `isSum`. */
  tensor: string;
  /** The tensor is what the activation takes: in the source model a max pool stands between the two. */
  isSum?: true;
  shape: Shape;
  /** Several entries are summed (residual connections). */
  projections: Projection[];
  /** One value per output channel. */
  bias: Float32Array;
  activation: Activation;
}

/** Connections from one source (`IMAGE` or the index of an earlier layer) into a layer. */
export type Projection = Convolution | Pooled | Pool | Average | Max;

export const IMAGE = -1;

/** Convolution; a dense layer over a [c, h, w] source is one with a kernel of [h, w]. */
export interface Convolution {
  kind: 'conv';
  source: number;
  /** OIHW order: [outputs][inputs / groups][kernel height][kernel width]. */
  weights: Float32Array;
  /** 1, or a divisor of inputs and outputs; depthwise convolutions and identity skips have groups = channels. */
  groups: number;
  kernel: [height: number, width: number];
  stride: [y: number, x: number];
  /** Rows above and columns left of the image; those below and right follow from the layer's shape. */
  padding: [top: number, left: number];
}

/** Global average pool followed by a dense layer: weights are [outputs][inputs]. */
export interface Pooled {
  kind: 'pooled';
  source: number;
  weights: Float32Array;
}

/** Global average pool alone, channel by channel. */
export interface Pool {
  kind: 'pool';
  source: number;
}

/** Mean over windows, channel by channel: a layer of its own. Zero padding counts as pixels. */
export interface Average {
  kind: 'average';
  source: number;
  kernel: [height: number, width: number];
  stride: [y: number, x: number];
  /** Rows above and columns left of the source. */
  padding: [top: number, left: number];
}

/** Maximum over windows, channel by channel, of values that are never negative: a layer of its own. Padding is never it. */
export interface Max {
  kind: 'max';
  source: number;
  kernel: [height: number, width: number];
  stride: [y: number, x: number];
  /** Rows above and columns left of the source. */
  padding: [top: number, left: number];
}

/** Means and maxima, channel by channel: nothing in them is trained. */
export function isPool(s: Projection | undefined): s is Pool | Average | Max {
  return s?.kind === 'pool' || s?.kind === 'average' || s?.kind === 'max';
}

/** `none` on classifiers and pools; `leaky` is x below 0 times `slope`, 0 < slope < 1; `clip` saturates at `ceiling`; `qcfs` has `levels` equal steps up to `ceiling`. */
export type Activation =
  | { kind: 'none' }
  | { kind: 'relu' }
  | { kind: 'leaky'; slope: number }
  | { kind: 'clip'; ceiling: number }
  | { kind: 'qcfs'; levels: number; ceiling: number };

export interface Normalization {
  /** Per input channel, of pixels scaled to [0, 1]: the network sees (pixel/255 − mean) / std. */
  mean: number[];
  std: number[];
}

/** Per layer of the network, in real units. */
export interface FloatNeurons {
  /** Value of one spike, its threshold, per channel; unused by `membrane` readouts. */
  amplitude: Float64Array[];
  /** K, the most spikes within one step. */
  burst: number[];
  /** Start value in thresholds. */
  start: number[];
  /** A membrane at −threshold / slope fires a negative spike; undefined: never. */
  slope: (number | undefined)[];
  timing: 'immediate' | 'pipelined';
  readout: 'spikes' | 'membrane';
}
