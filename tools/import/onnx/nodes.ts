/** An ONNX graph as plain data: what the readers of the file hand to those who know the operators. */

export interface OnnxGraph {
  file: string;
  opset: number;
  nodes: OnnxNode[];
  /** Nodes of the file that no output depends on, by their order there; not among `nodes`. */
  unneeded: Set<number>;
  /** Initializers and the values of Constant nodes. */
  constants: Map<string, Tensor>;
  input: { name: string /** Batch first; open dimensions are 0. */; shape: number[] };
  outputs: string[];
  /** Files beside it that weights were read from, whole, by location. */
  external: Map<string, Uint8Array>;
}

/** `nodes` come after all they read; nodes of constant value are gone from them and are in `constants`. */
export interface Wired extends OnnxGraph {
  producers: Map<string, OnnxNode>;
  /** Tensors that the file has as [N, height, width, channels], and such ones flattened: layout.ts. */
  channelsLast: { maps: Set<string>; rows: Set<string> };
  /** Weights that may still be read: takeWeights. */
  room: { weights: number };
}

export interface OnnxNode {
  name: string;
  /** With its domain in front, unless it is one of ONNX's own. */
  op: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
}

export type Attribute = number | string | number[] | Tensor;

export interface Tensor {
  shape: number[];
  /** Weights must be `float`; constants of an activation or a shape may be any. */
  type: 'float' | 'double' | 'int';
  values: Float32Array | Float64Array;
}

/** A message of the file, decoded. */
export type Raw = Record<string, unknown>;
