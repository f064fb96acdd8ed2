/** What to do instead of an operator that has no place in a spiking network, or not in this one. */
import { FLATTEN, POOL } from './dense.ts';
import type { OnnxNode } from './onnx.ts';
import { badFile, badNode, badOperator } from './refusal.ts';
import type { Wired } from './wiring.ts';

const SUPPORTED =
  'supported are Conv, Gemm, MatMul, BatchNormalization, Relu, Clip, QCFS, GlobalAveragePool and Flatten';
const ACTIVATION = 'train with ReLU or QCFS';

const ADVICE: Record<string, string> = {
  MaxPool: 'use a convolution with stride 2',
  AveragePool: 'use a convolution with stride 2, or a global average pool before the classifier',
  LeakyRelu: ACTIVATION,
  PRelu: ACTIVATION,
  Elu: ACTIVATION,
  Gelu: ACTIVATION,
  Erf: ACTIVATION,
  HardSwish: ACTIVATION,
  Sigmoid: ACTIVATION,
  Tanh: ACTIVATION,
  Softmax: 'it may only stand behind the classes',
  Add: 'constants per position are not supported, and a sum needs its activation directly behind it',
};

export function refuseOperator(graph: Wired, node: OnnxNode): Error {
  if (POOL.has(node.op) || FLATTEN.has(node.op))
    return badNode(graph, node, 'must stand directly before a dense layer');
  return badOperator(graph, node, `operator not supported here; ${ADVICE[node.op] ?? SUPPORTED}`);
}

/** A batch normalization, a bias or an activation that does not stand behind weights. */
export function refuseNotFoldable(graph: Wired, node: OnnxNode | undefined, behind: string): Error {
  if (node === undefined) return badFile(graph.file, 'no layer between image and output; export the network');
  const advice =
    node.op === 'BatchNormalization'
      ? 'put it between the convolution and its activation'
      : 'only a convolution or dense layer may stand there; normalize the images outside the network';
  return badNode(graph, node, `stands directly behind ${behind}; ${advice}`);
}
