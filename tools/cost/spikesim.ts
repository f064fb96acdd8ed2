/**
 * Energy of one time step on an in-memory-computing chip, by the model that the paper uses: SpikeSim (Moitra et al., IEEE
 * TCAD 2023, arXiv:2210.12899), in the configuration of the paper's public code (spikesim_config.json of
 * github.com/hanebarla/BayesianSpikeFusion). Spikes do not enter: a step costs the same whatever it computes.
 *
 * A layer of C inputs and D outputs takes ⌈C/X⌉·⌈D/X⌉ crossbars and one cycle per output position, of
 *   H + M + N + (X/8)·(k·c + (X/8)·(A + U)) + (X/8)·16·S + (X/8)·B + T   picojoules, k = taps of the kernel.
 */
import { type IntegerProjection, type Model, type SpikingLayer, seesImage } from '../model.ts';
import { IMAGE, type Shape } from '../network.ts';
import { neededBy } from './needed.ts';

/** Rows and columns of a crossbar, X. */
const CROSSBAR = 64;
/** Picojoules. */
const SPIKESIM_PJ = {
  /** c: a crossbar of RRAM, per tap. */
  crossbar: 1.76423,
  /** T: buffer of a tile. */
  tileBuffer: 397,
  /** B: temporary buffer. */
  temporaryBuffer: 0.2,
  /** S: a subtraction. */
  subtract: 1.15e-6,
  /** A: a conversion from analog to digital. */
  adc: 2.03084,
  /** H: the H-tree, eight branches. */
  tree: 19.64 * 8,
  /** U: a multiplexer. */
  multiplexer: 0.094245,
  /** M: a fetch from memory. */
  fetch: 4.64,
  /** N: the neuron, four of them. */
  neuron: 1.274 * 4,
} as const;
/** Inputs of a dense layer that one tap holds: such layers are taken as 4×1 kernels over a quarter of the inputs. */
const DENSE_TAPS = 4;

/** One crossbar, one output position, a kernel of `taps` weights per input. */
export function cyclePj(taps: number): number {
  const e = SPIKESIM_PJ;
  const rows = CROSSBAR / 8;
  const array = taps * e.crossbar + rows * (e.adc + e.multiplexer);
  return (
    e.tree +
    e.fetch +
    e.neuron +
    rows * array +
    rows * 16 * e.subtract +
    rows * e.temporaryBuffer +
    e.tileBuffer
  );
}

/** A layer as SpikeSim sees it. */
export interface CrossbarLayer {
  inputs: number;
  outputs: number;
  taps: number;
  /** Output positions, height × width. */
  positions: number;
  isPool: boolean;
}

/** Picojoules of one time step. */
export function layerPj({ inputs, outputs, taps, positions }: Omit<CrossbarLayer, 'isPool'>): number {
  const crossbars = Math.ceil(inputs / CROSSBAR) * Math.ceil(outputs / CROSSBAR);
  return crossbars * positions * cyclePj(taps);
}

export interface SpikeSimEnergy {
  /** Picojoules per time step with all exits. */
  fused: number;
  /** What the authors compare it with: all of that but the last pool, so the early classifiers are in it. */
  final: number;
  /** Per exit, earliest first: what it needs, and nothing of the others. */
  alone: number[];
}

/**
 * Per time step; a pooled classifier counts as the paper's pool neurons (a kernel as large as the map) and a dense layer.
 * The authors' program gives every pool the width of the last one: so does this.
 */
export function spikesimPj(model: Model): SpikeSimEnergy {
  const last = model.exits.length - 1;
  const final = model.layers[model.exits[last] as number] as SpikingLayer;
  const width = sourceShape(model, final.projections[0] as IntegerProjection)[0];
  const crossbars = model.layers.map((layer) =>
    layer.projections.flatMap((s) => crossbarLayers(model, layer, s, width)),
  );
  const sum = (layers: CrossbarLayer[]): number => layers.reduce((n, l) => n + layerPj(l), 0);
  const fused = sum(crossbars.flat());
  const behind = [final, ...final.projections.map((s) => model.layers[s.source])];
  const lastPool = crossbars.filter((_, i) => behind.includes(model.layers[i])).flat();
  return {
    fused,
    final: fused - sum(lastPool.filter((l) => l.isPool)),
    alone: model.exits.map((_, e) => {
      const needed = neededBy(model, e);
      return sum(crossbars.filter((_, i) => needed.has(i)).flat());
    }),
  };
}

function sourceShape(model: Model, { source }: IntegerProjection): Shape {
  return source === IMAGE ? model.input : (model.layers[source] as SpikingLayer).shape;
}

function crossbarLayers(
  model: Model,
  layer: SpikingLayer,
  s: IntegerProjection,
  poolWidth: number,
): CrossbarLayer[] {
  const [inputs, height, width] = sourceShape(model, s);
  const [outputs, h, w] = layer.shape;
  // Comparisons need no crossbar.
  if (s.kind === 'max') return [];
  const pool = {
    inputs: poolWidth,
    outputs: poolWidth,
    taps: height * width,
    positions: 1,
    isPool: true,
  };
  if (s.kind === 'pooled' && s.groups === 1) return [pool, dense(inputs, outputs)];
  // A global pool, as the paper's neurons after it have; other pools are layers of one tap per position of the window.
  if (s.kind === 'pooled' && h * w === 1) return [pool];
  const isDense = h * w === 1 && s.kernel[0] === height && s.kernel[1] === width && !seesImage(layer);
  if (isDense) return [dense(inputs * height * width, outputs)];
  return [{ inputs, outputs, taps: s.kernel[0] * s.kernel[1], positions: h * w, isPool: false }];
}

function dense(inputs: number, outputs: number): CrossbarLayer {
  return { inputs: Math.ceil(inputs / DENSE_TAPS), outputs, taps: DENSE_TAPS, positions: 1, isPool: false };
}
