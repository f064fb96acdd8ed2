/** What to do instead of an operator that has no place in a spiking network, or not in this one. */
import { FLATTEN, POOL } from './dense.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { badFile, badNode, badOperator } from './refusal.ts';
import type { Region } from './scalar.ts';

const SUPPORTED =
  'supported are Conv, Gemm, MatMul, BatchNormalization, Relu, LeakyRelu, Clip, QCFS, Add, AveragePool, GlobalAveragePool, ReduceMean, Flatten and Reshape';
const ACTIVATION = 'train with ReLU, LeakyReLU or QCFS';
const CONTROL = 'export without control flow: the network in eval mode, traced on one image';
const RECURRENT = 'only feed-forward networks are supported';

const ADVICE: Record<string, string> = {
  MaxPool:
    'the maximum of spike trains is no sum; use a convolution with stride 2, or AveragePool, and retrain',
  GlobalMaxPool: 'the maximum of spike trains is no sum; use a global average pool, and retrain',
  AveragePool: 'put it after the activation',
  PRelu: 'with one slope per channel it is not supported; train with LeakyReLU',
  Elu: ACTIVATION,
  Selu: ACTIVATION,
  Celu: ACTIVATION,
  Gelu: ACTIVATION,
  Erf: ACTIVATION,
  HardSwish: ACTIVATION,
  HardSigmoid: ACTIVATION,
  Mish: ACTIVATION,
  Softplus: ACTIVATION,
  Sigmoid: ACTIVATION,
  Tanh: ACTIVATION,
  Softmax: 'it may only come after the classes',
  LogSoftmax: 'it may only come after the classes',
  Add: 'constants per position are not supported, and a sum needs its activation directly after it',
  Mul: 'two layers cannot be multiplied by adding spikes (squeeze-and-excitation, gates); leave it out and retrain',
  Pad: 'only directly before a convolution',
  Gather: 'export classifiers of whole layers, without picking from them',
  Concat: 'branches may only join in a sum; use Add and retrain',
  Transpose: 'export a network with channels first, [N, channels, height, width]',
  ConvTranspose: 'only classifiers are supported; leave it out and retrain',
  Resize: 'only classifiers are supported; leave it out and retrain',
  Upsample: 'only classifiers are supported; leave it out and retrain',
  LayerNormalization: 'it depends on the image; train with BatchNorm',
  InstanceNormalization: 'it depends on the image; train with BatchNorm',
  GroupNormalization: 'it depends on the image; train with BatchNorm',
  LSTM: RECURRENT,
  GRU: RECURRENT,
  RNN: RECURRENT,
  Loop: CONTROL,
  If: CONTROL,
  Scan: CONTROL,
  QuantizeLinear: 'export the float network; snn convert quantizes it',
  DequantizeLinear: 'export the float network; snn convert quantizes it',
  QLinearConv: 'export the float network; snn convert quantizes it',
  ConvInteger: 'export the float network; snn convert quantizes it',
};

export function refuseOperator(graph: Wired, node: OnnxNode): Error {
  if (POOL.has(node.op) || FLATTEN.has(node.op))
    return badNode(graph, node, 'must stand directly before a dense layer');
  return badOperator(graph, node, `operator not supported here; ${ADVICE[node.op] ?? SUPPORTED}`);
}

/** A batch normalization, a bias or an activation that does not come after weights. */
export function refuseNotFoldable(graph: Wired, node: OnnxNode | undefined, before: string): Error {
  if (node === undefined) return badFile(graph.file, 'no layer between image and output; export the network');
  const advice =
    node.op === 'BatchNormalization'
      ? 'put it between the convolution and its activation'
      : 'only a convolution or dense layer may stand there; normalize the images outside the network';
  return badNode(graph, node, `comes directly after ${before}; ${advice}`);
}

/** A function between two layers that spiking neurons cannot stand for, or one where none may be. */
export function refuseActivation(
  graph: Wired,
  { nodes }: Region,
  weighted: OnnxNode,
  isKnown: boolean,
  isExit: boolean,
): Error {
  const names = nodes.map((n) => `"${n.name}" (${n.op})`).join(', ');
  if (isExit) return badFile(graph.file, `node ${names}: comes after the classes; export the logits`);
  if (isKnown) return badNode(graph, weighted, 'no activation after it; add a ReLU or QCFS');
  return badFile(
    graph.file,
    `node ${names}: not ReLU, LeakyReLU, clipped ReLU or QCFS; train with one of these`,
  );
}
