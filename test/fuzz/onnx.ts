/** Graphs with nodes, wires, attributes and shapes changed, and files with bytes changed: a network, or one line. */

import { checkOnnx } from '../../tools/import/onnx/check.ts';
import { noExternal } from '../../tools/import/onnx/external.ts';
import { openOnnx } from '../../tools/import/onnx/open.ts';
import { type Ann, IMAGE } from '../../tools/network.ts';
import {
  type AttributeSpec,
  encode,
  type ModelSpec,
  type NodeSpec,
  type TensorSpec,
} from '../import/onnx/encode.ts';
import { batchNorm, batchNormConstants, f32, i64, node, randomTensor } from '../import/onnx/models.ts';
import type { Random } from '../models/random.ts';
import { damaged } from './bytes.ts';
import { refusal, type Target } from './target.ts';

const FILE = 'fuzz.onnx';
const OPERATORS = [
  'Conv',
  'Gemm',
  'MatMul',
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Relu',
  'LeakyRelu',
  'Clip',
  'Min',
  'Max',
  'Floor',
  'Round',
  'BatchNormalization',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'ReduceMean',
  'Flatten',
  'Reshape',
  'Transpose',
  'Concat',
  'Slice',
  'Pad',
  'Identity',
  'Dropout',
  'Squeeze',
  'Unsqueeze',
  'Cast',
  'Shape',
  'Gather',
  'Constant',
  'ConstantOfShape',
  'Expand',
  'Softmax',
  'Sigmoid',
  'Split',
  'If',
  'Loop',
  'QuantizeLinear',
  'Resize',
  '',
];
const ATTRIBUTES = [
  'pads',
  'strides',
  'kernel_shape',
  'dilations',
  'group',
  'auto_pad',
  'axis',
  'axes',
  'transB',
  'transA',
  'alpha',
  'beta',
  'perm',
  'min',
  'max',
  'epsilon',
  'ceil_mode',
  'keepdims',
  'value',
];
const NUMBERS = [-1, 0, 1, 2, 3, 4, 255, 256, 65536, 2 ** 31, -(2 ** 31), 2 ** 40];

const conv = [node('Conv', ['image', 'w', 'b'], 'conv', { pads: [1, 1, 1, 1] })];
const ends = [
  node('GlobalAveragePool', ['h'], 'pool'),
  node('Flatten', ['pool'], 'flat'),
  node('Gemm', ['flat', 'v', 'c'], 'final', { transB: 1 }),
];
const WEIGHTS = {
  w: randomTensor([4, 1, 3, 3], 1),
  b: randomTensor([4], 2),
  v: randomTensor([3, 4], 3),
  c: randomTensor([3], 4),
};

/** What stands between the first convolution and the classifier. */
const BETWEEN: [NodeSpec[], Record<string, TensorSpec>][] = [
  [[node('Relu', ['conv'], 'h')], {}],
  [[batchNorm('conv', 'bn'), node('Relu', ['bn'], 'h')], batchNormConstants('bn', 4)],
  [
    [
      node('LeakyRelu', ['conv'], 'r', { alpha: { float: 0.1 } }),
      node('MaxPool', ['r'], 'h', { kernel_shape: [2, 2], strides: [2, 2] }),
    ],
    {},
  ],
  [
    [
      node('Clip', ['conv', 'low', 'high'], 'r'),
      node('Conv', ['r', 'w2'], 'y'),
      node('Add', ['y', 'r'], 's'),
      node('Relu', ['s'], 'h'),
    ],
    { low: f32([], [0]), high: f32([], [1]), w2: randomTensor([4, 4, 1, 1], 5) },
  ],
  [
    [node('Relu', ['conv'], 'r'), node('AveragePool', ['r'], 'h', { kernel_shape: [3, 3], strides: [1, 1] })],
    {},
  ],
  [
    [
      node('Relu', ['conv'], 'r'),
      node('Concat', ['r', 'r'], 'k', { axis: 1 }),
      node('Conv', ['k', 'w3'], 'y'),
      node('Relu', ['y'], 'h'),
    ],
    { w3: randomTensor([4, 8, 1, 1], 6) },
  ],
  [
    [
      node('Relu', ['conv'], 'r'),
      node('Reshape', ['r', 'shape'], 'f'),
      node('MatMul', ['f', 'm'], 'd'),
      node('Relu', ['d'], 'q'),
      node('Unsqueeze', ['q', 'axes'], 'h'),
    ],
    { shape: i64([0, -1]), m: randomTensor([144, 4], 7), axes: i64([2, 3]) },
  ],
  [
    [node('Slice', ['conv', 'from', 'to', 'along'], 'cut'), node('Relu', ['cut'], 'h')],
    { from: i64([0]), to: i64([4]), along: i64([1]) },
  ],
];

function number(r: Random): number {
  return r.int(0, 2) === 0 ? r.pick(NUMBERS) : r.int(-2, 8);
}

function attribute(r: Random): AttributeSpec {
  const list = Array.from({ length: r.int(0, 5) }, () => number(r));
  return r.pick<AttributeSpec>([
    number(r),
    list,
    { float: number(r) / 2 },
    { floats: list },
    'SAME_UPPER',
    '\u001b[2J',
    { tensor: tensor(r) },
  ]);
}

function tensor(r: Random): TensorSpec {
  const dims = Array.from({ length: r.int(0, 4) }, () => r.pick([1, 1, 2, 3, 4, number(r)]));
  const values = Array.from({ length: r.int(0, 12) }, () => number(r));
  return r.pick<TensorSpec>([
    { dims, type: 1, floats: values },
    { dims, type: 7, ints: values },
    { dims, type: r.int(0, 20), raw: r.bytes(r.int(0, 64)) },
    {
      dims,
      type: 1,
      external: { location: r.pick(['w', '../w', '/dev/zero']), offset: number(r), length: number(r) },
    },
    f32([values.length], values),
  ]);
}

const CHANGES: ((r: Random, m: Required<Pick<ModelSpec, 'nodes' | 'constants'>> & ModelSpec) => void)[] = [
  (r, m) => {
    r.pick(m.nodes).op = r.pick(OPERATORS);
  },
  (r, m) => {
    const each = r.pick(m.nodes);
    each.attributes = { ...each.attributes, [r.pick(ATTRIBUTES)]: attribute(r) };
  },
  (r, m) => {
    const { inputs } = r.pick(m.nodes);
    const names = [...m.nodes.flatMap((n) => n.outputs), ...Object.keys(m.constants), 'image', '', 'nobody'];
    inputs[r.int(0, inputs.length)] = r.pick(names);
  },
  (r, m) => {
    r.pick(m.nodes).outputs = r.pick([[''], [], ['h'], ['h', 'h'], ['image'], ['final', 'more']]);
  },
  (r, m) => {
    m.nodes.splice(r.int(0, m.nodes.length), 0, structuredClone(r.pick(m.nodes)));
  },
  (r, m) => {
    if (m.nodes.length > 1) m.nodes.splice(r.int(0, m.nodes.length - 1), 1);
  },
  (r, m) => {
    m.constants[r.pick(Object.keys(m.constants))] = tensor(r);
  },
  (r, m) => {
    m.constants[r.pick(Object.keys(m.constants))] = f32(
      [4],
      r.pick([
        [Number.NaN, 0, 0, 0],
        [Number.POSITIVE_INFINITY, 1, 1, 1],
        [1e38, -1e38, 1e-45, -0],
      ]),
    );
  },
  (r, m) => {
    m.input = Array.from({ length: r.int(0, 6) }, () => number(r)).map((d) => Math.max(0, d));
  },
  (r, m) => {
    m.outputs = r.pick([['conv', 'final'], ['final', 'final'], ['nobody'], [''], ['image'], ['h']]);
  },
  (r, m) => {
    m.opset = r.pick([0, 1, 6, 9, 13, 17, 99]);
  },
  (r, m) => {
    const each = r.pick(m.nodes);
    each.name = r.pick(['', 'a\nb', '\u001b[31m', 'x'.repeat(300)]);
    each.domain = r.pick(['', 'ai.onnx', 'com.example']);
  },
];

/** Weights as many as the shapes say. */
function check({ input, layers, exits }: Ann): void {
  for (const { name, shape, bias, projections } of layers) {
    if (bias.length !== shape[0]) throw new Error(`${name}: ${bias.length} biases for ${shape}`);
    for (const p of projections) {
      const [inputs] = p.source === IMAGE ? input : (layers[p.source]?.shape ?? [Number.NaN]);
      if (p.kind !== 'conv') continue;
      const wanted = (shape[0] * inputs * p.kernel[0] * p.kernel[1]) / p.groups;
      if (p.weights.length !== wanted) throw new Error(`${name}: ${p.weights.length} weights, not ${wanted}`);
    }
  }
  if (exits.length === 0) throw new Error('no exits');
}

export const onnx: Target = {
  name: 'onnx',
  make(r) {
    const [between, constants] = r.pick(BETWEEN);
    const m = structuredClone({
      nodes: [...conv, ...between, ...ends],
      constants: { ...WEIGHTS, ...constants },
      outputs: ['final'] as string[],
    }) as Required<Pick<ModelSpec, 'nodes' | 'constants'>> & ModelSpec;
    for (let n = r.pick([0, 1, 1, 1, 2, 3]); n > 0; n--) r.pick(CHANGES)(r, m);
    const bytes = encode(m);
    return r.int(0, 3) === 0 ? damaged(r, bytes) : bytes;
  },
  run(input) {
    let network: Ann | undefined;
    let refused = '';
    try {
      network = openOnnx(input, FILE).network;
    } catch (error) {
      refused = refusal(error, FILE);
    }
    // The check that names everything at once must come to the same end.
    try {
      const { findings } = checkOnnx(input, FILE, noExternal(FILE));
      if ((findings.length === 0) !== (network !== undefined))
        throw new Error(`the check finds ${findings.length} faults, the import says ${refused || 'none'}`);
    } catch (error) {
      if (network !== undefined) throw error;
      refusal(error, FILE);
    }
    if (network === undefined) return refused;
    check(network);
    return 'accepted';
  },
};
