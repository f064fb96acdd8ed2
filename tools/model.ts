/** A converted network in integers: the content of a `.snn` file as plain data. Field by field as in format.ts. */
import { IMAGE, type Shape } from './network.ts';

export interface Model {
  input: Shape;
  /** u8 per input channel: the pixel that stands for normalised zero outside the image. */
  padding: number[];
  timing: 'immediate' | 'pipelined';
  /** Last time step. */
  steps: number;
  /** Sources stand before their targets; the last layer is the final exit. */
  layers: SpikingLayer[];
  /** Layer index per exit, earliest first. */
  exits: number[];
  fusion: Fusion;
  /** Stop margin per step (row r holds for step r + 1) and exit; NEVER where the exit may not stop the run. */
  stop: number[][];
  /** For people and tools; the engine does not read it. */
  meta: Meta;
}

export interface SpikingLayer {
  shape: Shape;
  readout: 'spikes' | 'membrane';
  /** K: most spikes of one neuron within one step, 1 to MAX_BURST. */
  burst: number;
  membraneBits: 16 | 32;
  /** Right shift of the image's input; 0 on layers that the image does not feed. */
  shift: number;
  /** Lower bound of the membrane potential after every step. */
  floor: number;
  projections: IntegerProjection[];
  /** Per channel. */
  threshold: Int32Array;
  /** A membrane at −negative or below fires negative spikes, as LeakyReLU needs; absent: it never does. */
  negative?: Int32Array;
  bias: Int32Array;
  start: Int32Array;
  guard?: Guard;
}

/**
 * Bounds of a layer's spikes in the first step per spike (and one) of the source of its first projection, times
 * 2^GUARD_BITS. An image outside runs all steps: no exit may stop it.
 */
export interface Guard {
  low: number;
  high: number;
}

/** `source` is IMAGE or a layer index; from the image come convolutions of 8 bits without groups. */
export interface IntegerProjection {
  /**
   * pooled: all taps of the window share their weights. A global average pool has a window as large as the map.
   * max: no weights, the only projection of its layer, as many groups as channels.
   */
  kind: 'conv' | 'pooled' | 'max';
  source: number;
  /** Depthwise convolutions, identity skips and pools have one group per channel. */
  groups: number;
  /** Bits per weight in the file, 2 to 8. */
  bits: number;
  kernel: [height: number, width: number];
  stride: [y: number, x: number];
  padding: [top: number, left: number];
  /** conv [ky][kx][input][output of its group], pooled [input][output of its group], max []. */
  weights: Int8Array;
}

/** Its constant input is injected once per image. */
export function seesImage(layer: SpikingLayer): boolean {
  return layer.projections[0]?.source === IMAGE;
}

export type Fusion =
  /** Row r holds for step r + 1, the last row for all later steps: α of every exit but the first, in sixteenths (ALPHA_ONE). */
  | { kind: 'beta'; rows: number[][] }
  /** Likewise, one stage per exit: weights of exits 0..stage times FUSE_ONE, and the temperature. */
  | { kind: 'membrane'; rows: MembraneStage[][] };

export interface MembraneStage {
  weights: number[];
  gain: number;
}

export interface Meta {
  name: string;
  /** Names of the classes, in order. */
  labels: string[];
  /** Names of the layers, in order. */
  layers: string[];
  /** Real value of one unit of each exit's evidence, for those who compare with the float network. */
  units?: number[];
  /** How pixels were normalised in training, already folded into the weights: hosts pass raw bytes. */
  normalization?: { mean: number[]; std: number[]; order?: 'rgb' | 'bgr' };
}
