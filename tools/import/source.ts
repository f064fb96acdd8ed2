/** What an importer returns, whatever the format of its file. */
import type { Ann } from '../network.ts';

export interface Source {
  /** As it was named, for messages. */
  file: string;
  network: Ann;
  /** What the graph does to normalised pixels before the first layer; the network's own input is behind it. */
  pixels?: PixelScale | undefined;
  /** Names of the batch normalizations that were folded into weights and biases. */
  folded: string[];
  /**
   * Opens the network in floats by another program than ours, which every later stage is compared with. `tensors` names
   * outputs of layers (Layer.tensor) that may be asked for besides. Undefined where the format has no such program.
   */
  openFloat?: (tensors?: string[]) => Promise<FloatRuntime>;
}

/** scale·x + shift, per input channel of the network, or one for all. */
export interface PixelScale {
  scale: number[];
  shift: number[];
}

export interface FloatRuntime {
  /** `pixels` is [n][channel][y][x], normalised as in training; `tensors` are some of those that it was opened with. */
  run(pixels: Float32Array, n: number, tensors?: string[]): Promise<FloatResult>;
  /** Frees the runtime's copy of the network. */
  close(): Promise<void>;
}

export interface FloatResult {
  /** Per exit, earliest first: logits [n][class]. */
  exits: Float32Array[];
  /** By name, [n][channel][y][x]. */
  tensors: Map<string, Float32Array>;
}
