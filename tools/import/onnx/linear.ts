/** The weighted part of a layer, before its activation. */
import { MOST_SHARED_WEIGHTS } from '../../limits.ts';
import type { OnnxNode, Tensor, Wired } from './nodes.ts';
import { badFile, badNode, beyondLimit } from './refusal.ts';

/** Operators that make a layer. */
export const WEIGHTED = new Set(['Conv', 'Gemm', 'MatMul']);

export interface Linear {
  node: OnnxNode;
  /** Conv: OIHW, dense: [outputs][inputs]. */
  weights: Float32Array;
  bias: Float32Array;
  outputs: number;
  inputs: number;
  /** Absent on a dense layer. */
  conv?: {
    /** Weights are [outputs][inputs / groups][kernel height][kernel width]. */
    groups: number;
    kernel: [height: number, width: number];
    stride: [y: number, x: number];
    pads: [top: number, left: number, bottom: number, right: number];
    /** SAME_UPPER or SAME_LOWER: pads follow from the source; else pads hold. */
    autoPad: string;
  };
  /** Tensor that it reads. */
  source: string;
}

const ROLES: Record<string, string[]> = {
  BatchNormalization: ['input', 'scales', 'offsets', 'means', 'variances'],
};

/** Input `index` of a node as trained numbers: constant, float32, finite. */
export function trained(graph: Wired, node: OnnxNode, index: number): Tensor & { values: Float32Array } {
  const role = (ROLES[node.op] ?? ['input', 'weights', 'biases'])[index] as string;
  const name = node.inputs[index] ?? '';
  const tensor = graph.constants.get(name);
  if (tensor === undefined) {
    throw badNode(
      graph,
      node,
      `its ${role} ("${name}") are computed, not constant; export with constant folding`,
    );
  }
  if (tensor.type !== 'float') {
    throw badNode(graph, node, `its ${role} ("${name}") are ${tensor.type}; export again in float32`);
  }
  takeWeights(graph, node, tensor.values.length);
  // What was computed of constants here is in double.
  const values = tensor.values instanceof Float32Array ? tensor.values : Float32Array.from(tensor.values);
  const wrong = values.findIndex((v) => !Number.isFinite(v));
  if (wrong >= 0) {
    const where = `tensor "${name}" (${role} of node "${node.name}", ${node.op})`;
    throw badFile(
      graph.file,
      `${where}: value ${wrong} is ${values[wrong]}; train again, the network has diverged`,
    );
  }
  return { ...tensor, values };
}

/** Before they are copied or made: weights that many layers share are small in the file alone. */
export function takeWeights(graph: Wired, node: OnnxNode, count: number): void {
  graph.room.weights -= count;
  if (graph.room.weights < 0)
    throw beyondLimit(
      graph,
      node,
      `layers share or widen their weights to more than ${MOST_SHARED_WEIGHTS} beyond those in the file; make the network smaller`,
    );
}

/** Biases of a Conv or Gemm; zeros where it has none. */
export function trainedBias(graph: Wired, node: OnnxNode, outputs: number): Float32Array {
  if (!node.inputs[2]) return new Float32Array(outputs);
  const { values } = trained(graph, node, 2);
  if (values.length !== outputs) throw badNode(graph, node, `${values.length} biases for ${outputs} outputs`);
  return values.slice();
}
