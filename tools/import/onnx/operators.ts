/** What becomes of every operator that strangers' networks have: docs/operators.md, snn check and refusals read this table. */

export interface Operator {
  /** Names of ONNX, several where they share a fate. */
  ops: string[];
  /** Where and how it is taken; absent: never. */
  taken?: string;
  /** What to do where it is not. */
  rewrite: string;
  /** Keeps the shape: a check can go on behind it as if it were not there. */
  shapeless?: boolean;
}

const ACTIVATION = 'train with ReLU, LeakyReLU or QCFS';
const CONTROL = 'export without control flow: the network in eval mode, traced on one image';
const QUANTIZED = 'export the float network; snn convert quantizes it';
const SCALARS = 'as part of ReLU, LeakyReLU, clipped ReLU or QCFS, however they are spelled; on constants';
const SPIKING =
  'it compares a layer with a threshold, as neurons of snnTorch and SpikingJelly do, and snn makes the spikes itself: train the same layers with ReLU or QCFS in place of the neurons, one step, and export these';

export const OPERATORS: Operator[] = [
  { ops: ['Conv'], taken: '2-D; any groups, kernel, stride and padding', rewrite: 'retrain with dilation 1' },
  {
    ops: ['Gemm', 'MatMul'],
    taken: 'with constant weights; behind Flatten and global average pools',
    rewrite: 'export nn.Linear',
  },
  {
    ops: ['BatchNormalization'],
    taken: 'next to a convolution, a dense layer, a sum or the image: folded into them',
    rewrite: 'put it between the convolution and its activation; call eval() before the export',
  },
  {
    ops: ['Relu', 'LeakyRelu', 'Clip'],
    taken: 'behind weights or a sum; scaled, too',
    rewrite: 'put it directly after a convolution, a dense layer or a sum',
    shapeless: true,
  },
  {
    ops: ['PRelu'],
    taken: 'with one slope between 0 and 1 for all channels',
    rewrite: 'with one slope per channel it is not supported; train with LeakyReLU',
    shapeless: true,
  },
  {
    ops: ['Add', 'Sum'],
    taken: 'the sum of branches; biases, shifts of channels, and of the image',
    rewrite: 'constants per position are not supported, and a sum needs its activation directly after it',
    shapeless: true,
  },
  {
    ops: ['Mul', 'Div', 'Sub'],
    taken: 'by one constant, or one per channel: behind weights, activations, sums and the image',
    rewrite:
      'two layers cannot be multiplied by adding spikes (squeeze-and-excitation, gates); leave it out and retrain',
    shapeless: true,
  },
  {
    ops: [
      ...['Floor', 'Ceil', 'Round', 'Neg', 'Min', 'Max'],
      ...['Abs', 'Reciprocal', 'Sqrt', 'Exp', 'Log', 'Pow'],
    ],
    taken: SCALARS,
    rewrite: ACTIVATION,
    shapeless: true,
  },
  {
    ops: ['Cast', 'Identity', 'Dropout'],
    taken: 'anywhere; Cast between floats',
    rewrite: 'export in float32',
    shapeless: true,
  },
  {
    ops: ['AveragePool'],
    taken: 'behind an activation; whole windows, padding only if it counts, a Pad before it does (exact)',
    rewrite: 'put it after the activation',
  },
  {
    ops: ['GlobalAveragePool', 'ReduceMean'],
    taken: 'over height and width: before a dense layer or a 1x1 convolution, or behind the classes',
    rewrite: 'put a dense layer or a 1x1 convolution directly after it',
  },
  {
    ops: ['Flatten', 'Reshape', 'Squeeze'],
    taken:
      'to [N, -1] before a dense layer, or behind the classes; of the image, from [N, -1] or [N, height, width]',
    rewrite: 'flatten to [N, -1] directly before a dense layer',
    shapeless: true,
  },
  {
    ops: ['Pad'],
    taken: 'zeros, directly before a convolution or a pool; as further channels of a skip',
    rewrite: 'only directly before a convolution or a pool, or in a skip',
    shapeless: true,
  },
  {
    ops: ['Softmax', 'LogSoftmax'],
    taken: 'behind the classes, where it is left out',
    rewrite: 'it may only come after the classes',
    shapeless: true,
  },
  {
    ops: ['Transpose'],
    taken:
      'between [N, channels, height, width] and [N, height, width, channels], as Keras and tf2onnx write it; of constants',
    rewrite: 'export a network with channels first, [N, channels, height, width]',
  },
  {
    ops: ['Concat'],
    taken: 'of constants',
    rewrite: 'branches may only join in a sum; use Add and retrain',
  },
  {
    ops: ['Slice'],
    taken: 'of constants; rows and columns of a skip, with a Pad of channels (option A of ResNets for CIFAR)',
    rewrite:
      'only in a skip, by rows and columns; a 1x1 convolution with stride 2 and weights of one does the same',
  },
  {
    ops: ['Constant', 'ConstantOfShape', 'Shape', 'Unsqueeze'],
    taken: 'where the value is a constant, or the batch',
    rewrite: 'export with constant folding',
  },
  {
    ops: ['Gather'],
    taken: 'of the batch from a shape',
    rewrite: 'export classifiers of whole layers, without picking from them',
  },
  {
    ops: ['Range', 'GatherND', 'ScatterND'],
    rewrite:
      'it picks values by their place in memory: export again with an example image that is contiguous, x.contiguous()',
  },
  {
    ops: ['MaxPool', 'GlobalMaxPool'],
    taken: 'before or behind ReLU, clipped ReLU or QCFS; any window, stride and padding (exact)',
    rewrite: 'put the activation directly before it or behind it, and batch normalization before it',
  },
  {
    ops: [
      ...['Elu', 'Selu', 'Celu', 'Gelu', 'Erf', 'HardSwish', 'HardSigmoid', 'Mish', 'Softplus', 'Softsign'],
      ...['Sigmoid', 'Tanh', 'ThresholdedRelu', 'Swish'],
    ],
    rewrite: ACTIVATION,
    shapeless: true,
  },
  {
    ops: ['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Sign', 'Where'],
    rewrite: SPIKING,
    shapeless: true,
  },
  {
    ops: ['ConvTranspose', 'Resize', 'Upsample', 'DepthToSpace', 'SpaceToDepth'],
    rewrite: 'only classifiers are supported; leave it out and retrain',
  },
  {
    ops: ['LayerNormalization', 'InstanceNormalization', 'GroupNormalization', 'LRN', 'LpNormalization'],
    rewrite: 'it depends on the image; train with BatchNorm',
    shapeless: true,
  },
  { ops: ['LSTM', 'GRU', 'RNN'], rewrite: 'only feed-forward networks are supported' },
  { ops: ['Loop', 'If', 'Scan'], rewrite: CONTROL },
  {
    ops: ['QuantizeLinear', 'DequantizeLinear', 'QLinearConv', 'ConvInteger', 'DynamicQuantizeLinear'],
    rewrite: QUANTIZED,
    shapeless: true,
  },
];

const BY_NAME = new Map(OPERATORS.flatMap((o) => o.ops.map((op) => [op, o] as const)));

export function operatorOf(op: string): Operator | undefined {
  return BY_NAME.get(op);
}

/** For operators that are in no row. */
export const SUPPORTED =
  'supported are Conv, Gemm, MatMul, BatchNormalization, Relu, LeakyRelu, Clip, QCFS, Add, MaxPool, AveragePool, GlobalAveragePool, ReduceMean, Flatten and Reshape';

/** docs/operators.md. */
export function operatorsPage(): string {
  const row = ({ ops, taken, rewrite }: Operator): string =>
    `| ${ops.join(', ')} | ${taken ?? '–'} | ${rewrite} |`;
  return `# Operators of ONNX

What \`snn convert\` takes, and what to do instead where it does not. \`snn check net.onnx\` says it of your network, node by
node; \`snn check --operators\` prints this page.

| operator | taken | else |
|---|---|---|
${OPERATORS.map(row).join('\n')}

Operators that are not in this table are refused by name.
`;
}
