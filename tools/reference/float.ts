/**
 * The imported network in floating point: what conversion is measured against. Only active inputs are visited, so
 * that a few hundred images take seconds.
 */

import {
  type Activation,
  type Ann,
  type Convolution,
  IMAGE,
  isPool,
  type Layer,
  type Normalization,
  type Pooled,
  type Projection,
  type Shape,
} from '../network.ts';

/** Outputs of every layer, [y][x][channel]; `pixels` is u8 [y][x][channel]. */
export function forward(network: Ann, pixels: Uint8Array, normalization: Normalization): Float64Array[] {
  const image = normalize(network.input, pixels, normalization);
  const outputs: Float64Array[] = [];
  for (const layer of network.layers) {
    const sums = drive(network, layer, (source) =>
      source === IMAGE ? image : (outputs[source] as Float64Array),
    );
    outputs.push(sums.map((x) => activate(layer.activation, x)));
  }
  return outputs;
}

export function normalize([channels]: Shape, pixels: Uint8Array, { mean, std }: Normalization): Float64Array {
  return Float64Array.from(
    pixels,
    (p, i) => (p / 255 - (mean[i % channels] as number)) / (std[i % channels] as number),
  );
}

export function activate(activation: Activation, x: number): number {
  if (activation.kind === 'none') return x;
  if (activation.kind === 'relu') return Math.max(x, 0);
  if (activation.kind === 'leaky') return x < 0 ? x * activation.slope : x;
  if (activation.kind === 'clip') return Math.min(Math.max(x, 0), activation.ceiling);
  const step = activation.ceiling / activation.levels;
  return Math.min(Math.max(Math.floor(x / step + 0.5), 0), activation.levels) * step;
}

/** bias + Σ w·input, or the largest input, at every neuron of the layer, [y][x][channel]; `input` gives a source's values likewise. */
export function drive(
  network: Ann,
  layer: Layer,
  input: (source: number) => ArrayLike<number>,
): Float64Array {
  const [channels, height, width] = layer.shape;
  const sums = Float64Array.from(
    { length: channels * height * width },
    (_, i) => layer.bias[i % channels] as number,
  );
  for (const s of layer.projections) {
    const shape = s.source === IMAGE ? network.input : (network.layers[s.source] as Layer).shape;
    deliver(sums, layer.shape, s, shape, input(s.source));
  }
  return sums;
}

function deliver(
  sums: Float64Array,
  target: Shape,
  s: Projection,
  shape: Shape,
  values: ArrayLike<number>,
): void {
  const [inputs, h, w] = shape;
  if (s.kind === 'pool' || s.kind === 'pooled') {
    for (let i = 0; i < values.length; i++) {
      const value = (values[i] as number) / (h * w);
      if (value === 0) continue;
      if (s.kind === 'pool') sums[i % inputs] = (sums[i % inputs] as number) + value;
      else addRow(sums, 0, rowsOf(s, inputs, target[0]), i % inputs, target[0], value);
    }
    return;
  }
  const [channels, height, width] = target;
  const groups = isPool(s) ? channels : s.groups;
  const fanOut = channels / groups;
  const rows = isPool(s) ? undefined : rowsOf(s, inputs, fanOut);
  const share = 1 / (s.kernel[0] * s.kernel[1]);
  for (let y = 0; y < h; y++) {
    for (let ky = 0; ky < s.kernel[0]; ky++) {
      const oy = (y + s.padding[0] - ky) / s.stride[0];
      if (!Number.isInteger(oy) || oy < 0 || oy >= height) continue;
      for (let x = 0; x < w; x++) {
        for (let kx = 0; kx < s.kernel[1]; kx++) {
          const ox = (x + s.padding[1] - kx) / s.stride[1];
          if (!Number.isInteger(ox) || ox < 0 || ox >= width) continue;
          const to = (oy * width + ox) * channels;
          const tap = (ky * s.kernel[1] + kx) * inputs;
          for (let k = 0; k < inputs; k++) {
            const value = values[(y * w + x) * inputs + k] as number;
            if (value === 0) continue;
            const first = to + Math.floor(k / (inputs / groups)) * fanOut;
            if (s.kind === 'max') sums[first] = Math.max(sums[first] as number, value);
            else if (rows === undefined) sums[first] = (sums[first] as number) + value * share;
            else addRow(sums, first, rows, tap + k, fanOut, value);
          }
        }
      }
    }
  }
}

function addRow(
  sums: Float64Array,
  first: number,
  rows: Float32Array,
  row: number,
  length: number,
  value: number,
): void {
  const from = row * length;
  for (let o = 0; o < length; o++)
    sums[first + o] = (sums[first + o] as number) + (rows[from + o] as number) * value;
}

/** Weights as rows [tap][input][output of its group], kept because thousands of images read them. */
const ROWS = new WeakMap<Float32Array, Float32Array>();

function rowsOf(s: Convolution | Pooled, inputs: number, fanOut: number): Float32Array {
  const known = ROWS.get(s.weights);
  if (known !== undefined) return known;
  const taps = s.kind === 'pooled' ? 1 : s.kernel[0] * s.kernel[1];
  const perGroup = inputs / (s.kind === 'pooled' ? 1 : s.groups);
  const rows = new Float32Array(s.weights.length);
  for (let i = 0; i < inputs; i++) {
    const group = Math.floor(i / perGroup);
    for (let o = 0; o < fanOut; o++) {
      const from = ((group * fanOut + o) * perGroup + (i % perGroup)) * taps;
      for (let t = 0; t < taps; t++) rows[(t * inputs + i) * fanOut + o] = s.weights[from + t] as number;
    }
  }
  ROWS.set(s.weights, rows);
  return rows;
}
