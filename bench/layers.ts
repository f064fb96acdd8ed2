/** Layers of networks that nobody trained, for the benchmarks and for tests: what is not given is as plain as can be. */
import { FUSE_ONE } from '../assembly/shared/format.ts';
import type { IntegerProjection, Model, SpikingLayer } from '../tools/model.ts';
import type { Shape } from '../tools/network.ts';

/** Neurons without synapses that never wrap: 32 bits, single spikes. */
export function neurons(shape: Shape, threshold: number, more: Partial<SpikingLayer> = {}): SpikingLayer {
  const [channels] = shape;
  return {
    shape,
    readout: 'spikes',
    burst: 1,
    membraneBits: 32,
    shift: 0,
    floor: -(2 ** 31),
    projections: [],
    threshold: new Int32Array(channels).fill(threshold),
    bias: new Int32Array(channels),
    start: new Int32Array(channels),
    ...more,
  };
}

/** A square convolution of 8-bit weights, [tap][input][output]. */
export function conv(
  source: number,
  size: number,
  weights: Int8Array,
  { stride = 1, padding = 0 } = {},
): IntegerProjection {
  const square = (n: number): [number, number] => [n, n];
  const window = { kernel: square(size), stride: square(stride), padding: square(padding) };
  return { kind: 'conv', source, groups: 1, bits: 8, ...window, weights };
}

/** An exit that sums its weights, [input][class], over the whole map of layer `source`, read by its membranes. */
export function pooledExit(
  source: number,
  [, height, width]: Shape,
  classes: number,
  weights: Int8Array,
): SpikingLayer {
  const projections: IntegerProjection = {
    kind: 'pooled',
    source,
    groups: 1,
    bits: 8,
    kernel: [height, width],
    stride: [1, 1],
    padding: [0, 0],
    weights,
  };
  return neurons([classes, 1, 1], 1, { readout: 'membrane', projections: [projections] });
}

/** A network whose last layer is its only exit, and which runs to its last step. */
export function withOneExit(name: string, input: Shape, steps: number, layers: SpikingLayer[]): Model {
  return {
    input,
    padding: new Array<number>(input[0]).fill(0),
    timing: 'immediate',
    steps,
    layers,
    exits: [layers.length - 1],
    fusion: { kind: 'membrane', rows: [[{ weights: [FUSE_ONE], gain: 1 }]] },
    stop: [],
    meta: { name, labels: [], layers: [] },
  };
}
