/** Seeded random networks that reach every layer kind, width, stride, padding, timing, readout and fusion. */
import type { Fusion, IntegerProjection, MembraneStage, Model, SpikingLayer } from '../../tools/model.ts';
import { IMAGE, type Shape } from '../../tools/network.ts';

/** A small deterministic generator (mulberry32): the same seed gives the same network everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Whole number in low..high, both included. */
  int(low: number, high: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return low + (((t ^ (t >>> 14)) >>> 0) % (high - low + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)] as T;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => (this.int(0, 2) === 0 ? 0 : this.int(0, 255)));
  }
}

/** @param channels what its convolutions may have; more than 64 reach the widest kernels, and more events than a list holds */
export function randomModel(seed: number, channels: readonly number[] = [1, 3, 8, 9, 16]): Model {
  const r = new Random(seed);
  const input: Shape = [r.int(1, 3), r.int(3, 9), r.int(3, 9)];
  const exits = r.int(1, 4);
  const classes = r.int(1, 11);
  const readout = r.pick(['spikes', 'membrane'] as const);
  const exitBurst = r.pick([1, 1, 2, 5]);
  const steps = r.int(1, 7);
  const layers: SpikingLayer[] = [];
  const exitLayers: number[] = [];
  let source = IMAGE;
  let shape = input;
  for (let e = 0; e < exits; e++) {
    const depth = r.int(source === IMAGE ? 1 : 0, 2);
    for (let i = 0; i < depth; i++) {
      const layer = spikingLayer(r, source, shape, channels);
      // A second projection from an earlier layer of the same shape: a residual connection.
      const twin = layers.findIndex(
        (l, k) => k !== source && l.readout === 'spikes' && same(l.shape, shape) && !exitLayers.includes(k),
      );
      if (source !== IMAGE && twin >= 0 && layer.projections[0] !== undefined) {
        layer.projections.push({
          ...layer.projections[0],
          source: twin,
          weights: weights(r, layer.projections[0].weights.length, layer.projections[0].bits),
        });
      }
      // And an identity skip, channel by channel, from one of the same shape as the layer itself.
      const skip = layers.findIndex(
        (l, k) => l.readout === 'spikes' && same(l.shape, layer.shape) && !exitLayers.includes(k),
      );
      if (source !== IMAGE && skip >= 0) {
        const one: [number, number] = [1, 1];
        layer.projections.push({
          kind: 'conv',
          source: skip,
          groups: layer.shape[0],
          bits: 8,
          kernel: one,
          stride: one,
          padding: [0, 0],
          weights: weights(r, layer.shape[0], 8),
        });
      }
      layers.push(layer);
      if (r.int(0, 3) === 0 && layer.negative === undefined)
        layers.push(maxPool(r, layers.length - 1, layer));
      source = layers.length - 1;
      shape = (layers[source] as SpikingLayer).shape;
    }
    if (r.int(0, 3) === 0 && source !== IMAGE && !exitLayers.includes(source)) {
      const pool = neurons(r, [shape[0], 1, 1], 1, 40);
      pool.projections = [globalPool(source, shape, shape[0], 8, new Int8Array(shape[0]).fill(1))];
      layers.push(pool);
      exitLayers.push(classifier(r, layers, layers.length - 1, pool.shape, classes, readout, exitBurst));
    } else {
      exitLayers.push(classifier(r, layers, source, shape, classes, readout, exitBurst));
    }
  }
  const model: Model = {
    input,
    padding: Array.from({ length: input[0] }, () => r.pick([0, 0, 128, 255])),
    timing: r.pick(['immediate', 'pipelined'] as const),
    steps,
    layers,
    exits: exitLayers,
    fusion: readout === 'spikes' ? betaFusion(r, exits, steps) : membraneFusion(r, exits, steps),
    stop: Array.from({ length: r.int(0, steps + 1) }, () =>
      Array.from({ length: exits }, () => r.pick([0x7fffffff, 0, r.int(0, 70000), r.int(-500, 3000)])),
    ),
    meta: {
      name: `random-${seed}`,
      labels: Array.from({ length: classes }, (_, k) => `${k}`),
      layers: layers.map((_, i) => `layer${i}`),
    },
  };
  if (model.timing === 'immediate') guard(r, model);
  return model;
}

/** Bounds that some images leave, and edges, on layers before the first exit. */
function guard(r: Random, { layers, exits }: Model): void {
  const MOST = 2 ** 28 - 1;
  for (const layer of layers.slice(0, exits[0]))
    if (layer.projections[0]?.source !== IMAGE && r.int(0, 1) === 0)
      layer.guard = {
        low: r.pick([0, 0, 1, r.int(0, 40000), MOST]),
        high: r.pick([MOST, MOST, r.int(0, 200000), 0]),
      };
}

function same(a: Shape, b: Shape): boolean {
  return a.every((n, i) => n === b[i]);
}

function spikingLayer(r: Random, source: number, shape: Shape, channels: readonly number[]): SpikingLayer {
  const group = convolution(r, source, shape, r.pick(channels));
  const layer = neurons(r, group.shape, r.pick([1, 1, 2, 3, 7, 64]), source === IMAGE ? 9000 : 300);
  layer.projections = [group.projections];
  if (source === IMAGE) layer.shift = r.pick([0, 0, 3, 6]);
  if (r.int(0, 3) === 0) {
    layer.negative = layer.threshold.map((t) => Math.min(t * r.int(1, 3), 32767));
  }
  return layer;
}

function convolution(
  r: Random,
  source: number,
  [inputs, height, width]: Shape,
  full: number,
): { projections: IntegerProjection; shape: Shape } {
  // Depthwise, grouped or whole.
  const groups = source === IMAGE ? 1 : r.pick([1, 1, 1, inputs, inputs % 2 === 0 ? 2 : 1]);
  const outputs = groups === 1 ? full : groups * r.pick([1, 1, 3]);
  const bits = source === IMAGE ? 8 : r.pick([8, 8, 8, 2, 3, 4, 5, 6, 7]);
  // Windows that pool, smaller than the map, padded or not.
  const kind = source === IMAGE ? 'conv' : r.pick(['conv', 'conv', 'conv', 'pooled'] as const);
  const kernel: [number, number] = [r.int(1, Math.min(3, height)), r.int(1, Math.min(4, width))];
  const stride: [number, number] = [r.int(1, 3), r.int(1, 2)];
  const padding: [number, number] = [r.int(0, kernel[0] - 1), r.int(0, kernel[1] - 1)];
  const after = [r.int(0, kernel[0] - 1), r.int(0, kernel[1] - 1)] as const;
  const out = (size: number, i: 0 | 1): number =>
    Math.min(
      Math.floor((size + padding[i] + after[i] - kernel[i]) / stride[i]) + 1,
      Math.floor((size + padding[i] - 1) / stride[i]) + 1,
    );
  return {
    projections: {
      kind,
      source,
      groups,
      bits,
      kernel,
      stride,
      padding,
      weights: weights(r, ((kind === 'conv' ? kernel[0] * kernel[1] : 1) * inputs * outputs) / groups, bits),
    },
    shape: [outputs, out(height, 0), out(width, 1)],
  };
}

/** Mostly as snn convert makes them, and with thresholds and bursts that it never gives. */
function maxPool(r: Random, source: number, from: SpikingLayer): SpikingLayer {
  const { projections, shape } = convolution(r, source, from.shape, from.shape[0]);
  const { kernel, stride, padding } = projections;
  const [channels] = from.shape;
  const asMade = r.int(0, 2) > 0;
  const layer = neurons(r, [channels, shape[1], shape[2]], asMade ? from.burst : r.pick([1, 2, 7]), 3);
  if (asMade) {
    layer.threshold.fill(1);
    layer.bias.fill(0);
    layer.start.fill(0);
  }
  return {
    ...layer,
    membraneBits: 16,
    floor: Math.max(layer.floor, -8192),
    projections: [
      { kind: 'max', source, groups: channels, bits: 8, kernel, stride, padding, weights: new Int8Array(0) },
    ],
  };
}

function classifier(
  r: Random,
  layers: SpikingLayer[],
  source: number,
  shape: Shape,
  classes: number,
  readout: 'spikes' | 'membrane',
  burst: number,
): number {
  const layer = neurons(r, [classes, 1, 1], burst, 200);
  layer.readout = readout;
  if (readout === 'membrane') {
    layer.membraneBits = 32;
    layer.floor = -0x80000000;
  }
  const bits = r.pick([8, 8, 4, 6]);
  // The dense layer over all positions, or the one behind a global average pool.
  const kernel: [number, number] = [shape[1], shape[2]];
  layer.projections =
    r.int(0, 1) === 0
      ? [
          {
            kind: 'conv',
            source,
            groups: 1,
            bits,
            kernel,
            stride: [1, 1],
            padding: [0, 0],
            weights: weights(r, shape[0] * kernel[0] * kernel[1] * classes, bits),
          },
        ]
      : [globalPool(source, shape, 1, bits, weights(r, shape[0] * classes, bits))];
  layers.push(layer);
  return layers.length - 1;
}

function neurons(r: Random, shape: Shape, burst: number, threshold: number): SpikingLayer {
  const bits = r.pick([16, 32] as const);
  const per = (make: () => number): Int32Array => Int32Array.from({ length: shape[0] }, make);
  return {
    shape,
    readout: 'spikes',
    burst,
    membraneBits: bits,
    shift: 0,
    floor: r.pick([0, -50, -20000, bits === 16 ? -32768 : -0x80000000]),
    projections: [],
    threshold: per(() => r.int(1, threshold)),
    bias: per(() => r.int(-60, 80)),
    start: per(() => r.int(-20, threshold)),
  };
}

/** The whole map through one set of weights. */
function globalPool(
  source: number,
  [, height, width]: Shape,
  groups: number,
  bits: number,
  weights: Int8Array,
): IntegerProjection {
  return {
    kind: 'pooled',
    source,
    groups,
    bits,
    kernel: [height, width],
    stride: [1, 1],
    padding: [0, 0],
    weights,
  };
}

function weights(r: Random, length: number, bits: number): Int8Array {
  return Int8Array.from({ length }, () => r.int(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1));
}

function betaFusion(r: Random, exits: number, steps: number): Fusion {
  const alpha = (): number => r.pick([0, 1, r.int(0, 4080)]);
  const row = (): number[] => Array.from({ length: exits - 1 }, alpha);
  return { kind: 'beta', rows: Array.from({ length: r.int(1, steps) }, row) };
}

function membraneFusion(r: Random, exits: number, steps: number): Fusion {
  const stage = (e: number): MembraneStage => ({
    weights: Array.from({ length: e + 1 }, () => r.int(-20, 512)),
    gain: r.int(0, 1 << 28),
  });
  return {
    kind: 'membrane',
    rows: Array.from({ length: r.int(1, steps) }, () => Array.from({ length: exits }, (_, e) => stage(e))),
  };
}
