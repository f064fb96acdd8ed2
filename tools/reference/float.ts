/**
 * The imported network in floating point, as an ANN and as the spiking network it will become: what conversion is
 * measured against. Only active inputs are visited, so that a few hundred images take seconds.
 */

import { type Activation, IMAGE, type Layer, type Network, type Shape, type Synapses } from '../network.ts';
import type { Normalization } from '../quantize/layer.ts';

/** Outputs of every layer, [y][x][channel]; `pixels` is u8 [y][x][channel]. */
export function forward(network: Network, pixels: Uint8Array, normalization: Normalization): Float64Array[] {
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

export interface FloatNeurons {
  /** Per layer: real value of one spike = threshold; ignored on `current` readouts. */
  amplitude: number[];
  burst: number;
  /** Start value in thresholds. */
  start: number;
  timing: 'immediate' | 'pipelined';
  readout: 'spikes' | 'current';
}

/** Runs the float spiking network; yields the evidence of every exit after each step. */
export function* simulateFloat(
  network: Network,
  pixels: Uint8Array,
  normalization: Normalization,
  neurons: FloatNeurons,
  steps: number,
): Generator<Float64Array[]> {
  const image = normalize(network.input, pixels, normalization);
  const sizes = network.layers.map((l) => l.shape[0] * l.shape[1] * l.shape[2]);
  const amplitude = (i: number): number => neurons.amplitude[i] as number;
  const membranes = sizes.map((n, i) =>
    new Float64Array(n).fill(isCurrent(i) ? 0 : neurons.start * amplitude(i)),
  );
  let sent = sizes.map((n) => new Float64Array(n));
  const tallies = sizes.map((n) => new Float64Array(n));
  const constant = network.layers.map((l) =>
    l.synapses.some((s) => s.source === IMAGE) ? drive(network, l, () => image) : undefined,
  );
  for (let step = 0; step < steps; step++) {
    const before = sent;
    sent = [];
    network.layers.forEach((layer, i) => {
      const seen = neurons.timing === 'immediate' ? sent : before;
      const sums = constant[i] ?? drive(network, layer, (source) => seen[source] as Float64Array);
      const v = membranes[i] as Float64Array;
      const out = new Float64Array(v.length);
      for (let n = 0; n < v.length; n++) {
        v[n] = (v[n] as number) + (sums[n] as number);
        if (isCurrent(i)) continue;
        const fired = Math.max(0, Math.min(neurons.burst, Math.floor((v[n] as number) / amplitude(i))));
        v[n] = (v[n] as number) - fired * amplitude(i);
        out[n] = fired * amplitude(i);
        (tallies[i] as Float64Array)[n] = ((tallies[i] as Float64Array)[n] as number) + fired;
      }
      sent.push(out);
    });
    yield network.exits.map((e) =>
      Float64Array.from((isCurrent(e) ? membranes : tallies)[e] as Float64Array),
    );
  }

  function isCurrent(layer: number): boolean {
    return neurons.readout === 'current' && network.exits.includes(layer);
  }
}

function normalize([channels]: Shape, pixels: Uint8Array, { mean, std }: Normalization): Float64Array {
  return Float64Array.from(
    pixels,
    (p, i) => (p / 255 - (mean[i % channels] as number)) / (std[i % channels] as number),
  );
}

function activate(activation: Activation, x: number): number {
  if (activation.kind === 'none') return x;
  if (activation.kind === 'relu') return Math.max(x, 0);
  if (activation.kind === 'clip') return Math.min(Math.max(x, 0), activation.ceiling);
  const step = activation.ceiling / activation.levels;
  return Math.min(Math.max(Math.floor(x / step + 0.5), 0), activation.levels) * step;
}

/** bias + Σ w·input at every neuron of the layer. */
function drive(network: Network, layer: Layer, input: (source: number) => Float64Array): Float64Array {
  const [channels, height, width] = layer.shape;
  const sums = Float64Array.from(
    { length: channels * height * width },
    (_, i) => layer.bias[i % channels] as number,
  );
  for (const s of layer.synapses) {
    const shape = s.source === IMAGE ? network.input : (network.layers[s.source] as Layer).shape;
    const values = input(s.source);
    values.forEach((value, i) => {
      if (value !== 0) deliver(sums, layer.shape, s, shape, i, value);
    });
  }
  return sums;
}

/** Adds one input's share to every neuron that sees it. */
function deliver(
  sums: Float64Array,
  target: Shape,
  s: Synapses,
  [inputs, h, w]: Shape,
  index: number,
  value: number,
): void {
  const [channels, height, width] = target;
  const channel = index % inputs;
  if (s.kind === 'pool') {
    sums[channel] = (sums[channel] as number) + value / (h * w);
    return;
  }
  if (s.kind === 'pooled') {
    for (let o = 0; o < channels; o++) {
      sums[o] = (sums[o] as number) + ((s.weights[o * inputs + channel] as number) * value) / (h * w);
    }
    return;
  }
  const x = Math.floor(index / inputs) % w;
  const y = Math.floor(index / (inputs * w));
  const taps = s.kernel[0] * s.kernel[1];
  for (let ky = 0; ky < s.kernel[0]; ky++) {
    const oy = (y + s.padding[0] - ky) / s.stride[0];
    if (!Number.isInteger(oy) || oy < 0 || oy >= height) continue;
    for (let kx = 0; kx < s.kernel[1]; kx++) {
      const ox = (x + s.padding[1] - kx) / s.stride[1];
      if (!Number.isInteger(ox) || ox < 0 || ox >= width) continue;
      const tap = channel * taps + ky * s.kernel[1] + kx;
      const at = (oy * width + ox) * channels;
      if (s.kind === 'depthwise') {
        sums[at + channel] = (sums[at + channel] as number) + (s.weights[tap] as number) * value;
        continue;
      }
      for (let o = 0; o < channels; o++) {
        sums[at + o] = (sums[at + o] as number) + (s.weights[o * inputs * taps + tap] as number) * value;
      }
    }
  }
}
