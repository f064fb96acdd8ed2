/** Channels last, as Keras and tf2onnx write it: each graph computes what ONNX Runtime makes of it. */
import { describe, expect, test } from 'vitest';
import { openOnnx } from '../../../tools/import/onnx/open.ts';
import { agree } from './agree.ts';
import { encode, type ModelSpec, type NodeSpec, type TensorSpec } from './encode.ts';
import { batchNorm, batchNormConstants, f32, i64, node, randomTensor } from './models.ts';

const toLast = (from: string, to: string): NodeSpec => node('Transpose', [from], to, { perm: [0, 2, 3, 1] });
const toFirst = (from: string, to: string): NodeSpec => node('Transpose', [from], to, { perm: [0, 3, 1, 2] });
const pads = { pads: [1, 1, 1, 1] };

/** [N, 6, 5, 3] → Transpose → Conv 4@3x3 → Relu "r"; `rest` ends in "final". */
function keras(rest: NodeSpec[], constants: Record<string, TensorSpec> = {}, more: Partial<ModelSpec> = {}) {
  return encode({
    nodes: [
      toFirst('image', 'x'),
      node('Conv', ['x', 'w', 'b'], 'conv', pads),
      node('Relu', ['conv'], 'r'),
      ...rest,
    ],
    constants: {
      w: randomTensor([4, 3, 3, 3], 1),
      b: randomTensor([4], 2),
      v: randomTensor([120, 3], 3),
      rows: i64([-1, 120]),
      ...constants,
    },
    input: [0, 6, 5, 3],
    outputs: ['final'],
    ...more,
  });
}

const flat = [node('Reshape', ['l', 'rows'], 'f'), node('MatMul', ['f', 'v'], 'final')];

describe('a map flattened with its channels last', () => {
  test.each<[string, NodeSpec[], Record<string, TensorSpec>]>([
    ['Transpose, Reshape, MatMul', [toLast('r', 'l'), ...flat], {}],
    [
      'Flatten instead',
      [toLast('r', 'l'), node('Flatten', ['l'], 'f'), node('MatMul', ['f', 'v'], 'final')],
      {},
    ],
    [
      'Dropout on both sides',
      [
        toLast('r', 'd0'),
        node('Identity', ['d0'], 'l'),
        node('Reshape', ['l', 'rows'], 'd1'),
        node('Identity', ['d1'], 'f'),
        node('MatMul', ['f', 'v'], 'final'),
      ],
      {},
    ],
    [
      'scales of channels before, of features behind',
      [
        toLast('r', 't'),
        node('Mul', ['t', 'k'], 'm'),
        node('Add', ['m', 'k'], 'l'),
        node('Reshape', ['l', 'rows'], 'f0'),
        node('Mul', ['f0', 'k120'], 'f'),
        node('MatMul', ['f', 'v'], 'final'),
      ],
      { k: f32([4], [1, 2, 3, -1]), k120: randomTensor([120], 9) },
    ],
    [
      'rows computed from the batch, as Keras 3 has it, and casts that change nothing',
      [
        toLast('r', 't'),
        node('Cast', ['t'], 'l', { to: 1 }),
        node('Shape', ['l'], 'shape'),
        node('Gather', ['shape', 'zero'], 'n', { axis: 0 }),
        node('Unsqueeze', ['n', 'zeros'], 'n1'),
        node('Concat', ['n1', 'minus'], 'to', { axis: 0 }),
        node('Reshape', ['l', 'to'], 'f'),
        node('MatMul', ['f', 'v'], 'final'),
      ],
      { zero: { dims: [], type: 7, ints: [0] }, zeros: i64([0]), minus: i64([-1]) },
    ],
    [
      'a pool between',
      [
        node('MaxPool', ['r'], 'p', { kernel_shape: [2, 2], strides: [1, 1] }),
        toLast('p', 'l'),
        node('Reshape', ['l', 'rows'], 'f'),
        node('MatMul', ['f', 'v'], 'final'),
      ],
      { rows: i64([-1, 80]), v: randomTensor([80, 3], 3) },
    ],
    [
      'a hidden dense layer',
      [
        ...[
          toLast('r', 'l'),
          node('Reshape', ['l', 'rows'], 'f'),
          node('MatMul', ['f', 'v'], 'm'),
          node('Add', ['m', 'c'], 's'),
        ],
        node('Relu', ['s'], 'h'),
        node('MatMul', ['h', 'u'], 'final'),
      ],
      { c: randomTensor([3], 4), u: randomTensor([3, 3], 5) },
    ],
  ])('%s', async (_, nodes, constants) => {
    await agree(keras(nodes, constants));
  });

  test('columns are not taken as they lie', async () => {
    const first = openOnnx(
      keras([node('Flatten', ['r'], 'f'), node('MatMul', ['f', 'v'], 'final')]),
      'n',
    ).network;
    const last = openOnnx(keras([toLast('r', 'l'), ...flat]), 'n').network;
    const weightsOf = (n: typeof first): unknown => n.layers[1]?.projections[0];
    expect(weightsOf(last)).not.toEqual(weightsOf(first));
  });
});

describe('layers computed with their channels last', () => {
  const k = randomTensor([4, 4, 3, 3], 7);
  test.each<[string, NodeSpec[], Record<string, TensorSpec>]>([
    [
      'bias and activation between two Transposes',
      [
        node('Conv', ['r', 'k'], 'y', pads),
        toLast('y', 't0'),
        node('Add', ['t0', 'bias'], 't1'),
        node('Relu', ['t1'], 't2'),
        toFirst('t2', 'y2'),
        node('Conv', ['y2', 'k'], 'z', pads),
        node('Relu', ['z'], 'h'),
        toLast('h', 'l'),
        ...flat,
      ],
      { bias: f32([4], [0.3, -0.2, 0.1, 0.5]) },
    ],
    [
      'zero padding',
      [
        toLast('r', 't0'),
        node('Pad', ['t0', 'p'], 't1'),
        toFirst('t1', 'y'),
        node('Conv', ['y', 'k'], 'z', { strides: [2, 2] }),
        node('Relu', ['z'], 'h'),
        node('GlobalAveragePool', ['h'], 'g'),
        node('Flatten', ['g'], 'f'),
        node('MatMul', ['f', 'v4'], 'final'),
      ],
      { p: i64([0, 1, 0, 0, 0, 1, 2, 0]), v4: randomTensor([4, 3], 8) },
    ],
    [
      'the mean over height and width',
      [
        toLast('r', 't'),
        node('ReduceMean', ['t'], 'f', { axes: [1, 2], keepdims: 0 }),
        node('MatMul', ['f', 'v4'], 'final'),
      ],
      { v4: randomTensor([4, 3], 8) },
    ],
    [
      'the mean, then Squeeze',
      [
        node('GlobalAveragePool', ['r'], 'g'),
        toLast('g', 't'),
        node('Squeeze', ['t', 'sq'], 'f'),
        node('MatMul', ['f', 'v4'], 'final'),
      ],
      { v4: randomTensor([4, 3], 8), sq: i64([1, 2]) },
    ],
    [
      'a residual sum',
      [
        node('Conv', ['r', 'k'], 'y', pads),
        toLast('y', 't0'),
        toLast('r', 't1'),
        node('Add', ['t0', 't1'], 't2'),
        node('Relu', ['t2'], 't3'),
        node('Reshape', ['t3', 'rows'], 'f'),
        node('MatMul', ['f', 'v'], 'final'),
      ],
      {},
    ],
  ])('%s', async (_, nodes, constants) => {
    await agree(keras(nodes, { k, ...constants }));
  });

  test('what Keras does not write there is refused by name', () => {
    const nodes = [
      toLast('r', 't'),
      node('Conv', ['t', 'k'], 'y'),
      node('Flatten', ['y'], 'f'),
      node('MatMul', ['f', 'v'], 'final'),
    ];
    expect(() => openOnnx(keras(nodes, { k }), 'net.onnx')).toThrow(
      'net.onnx: node "y" (Conv): reads channels last; export a network with channels first',
    );
  });
});

describe('pixels without channels, flat, or behind a Reshape', () => {
  const conv = (from: string): NodeSpec[] => [
    node('Conv', [from, 'w1'], 'conv', pads),
    node('Relu', ['conv'], 'r'),
    node('Flatten', ['r'], 'f'),
    node('MatMul', ['f', 'v1'], 'final'),
  ];
  const colours = (from: string): NodeSpec[] => [
    { ...(conv(from)[0] as NodeSpec), inputs: [from, 'w'] },
    ...conv(from).slice(1),
  ];
  const dense = (from: string): NodeSpec[] => [
    node('MatMul', [from, 'u'], 'mm'),
    node('Relu', ['mm'], 'h'),
    node('MatMul', ['h', 'u2'], 'final'),
  ];
  const constants = {
    w1: randomTensor([4, 1, 3, 3], 1),
    w: randomTensor([4, 3, 3, 3], 1),
    v1: randomTensor([120, 3], 3),
    u: randomTensor([30, 8], 4),
    u2: randomTensor([8, 3], 5),
    map: i64([-1, 1, 6, 5]),
    one: i64([1, 1, 6, 5]),
    last: i64([-1, 6, 5, 1]),
    rows: i64([-1, 30]),
    axis: i64([1]),
    end: i64([-1]),
    rgb: i64([-1, 6, 5, 3]),
    rgbRows: i64([-1, 90]),
    u90: randomTensor([90, 8], 4),
    m: f32([3], [0.5, 0.25, 0.75]),
  };
  test.each<[string, number[], NodeSpec[], number[]]>([
    ['[N, 30]', [0, 30], [node('Reshape', ['image', 'map'], 'x'), ...conv('x')], [1, 6, 5]],
    ['[N, 30], a batch of one', [1, 30], [node('Reshape', ['image', 'one'], 'x'), ...conv('x')], [1, 6, 5]],
    [
      '[N, 30], a batch of one in the Reshape alone',
      [0, 30],
      [node('Reshape', ['image', 'one'], 'x'), ...conv('x')],
      [1, 6, 5],
    ],
    ['[N, 6, 5, 1]', [0, 6, 5, 1], [node('Reshape', ['image', 'map'], 'x'), ...conv('x')], [1, 6, 5]],
    [
      '[N, 30], channels last',
      [0, 30],
      [node('Reshape', ['image', 'last'], 't'), toFirst('t', 'x'), ...conv('x')],
      [1, 6, 5],
    ],
    [
      '[N, 90], colours last',
      [0, 90],
      [node('Reshape', ['image', 'rgb'], 't'), toFirst('t', 'x'), ...colours('x')],
      [3, 6, 5],
    ],
    ['[N, 6, 5]', [0, 6, 5], [node('Unsqueeze', ['image', 'axis'], 'x'), ...conv('x')], [1, 6, 5]],
    [
      '[N, 6, 5], channels last',
      [0, 6, 5],
      [node('Unsqueeze', ['image', 'end'], 't'), toFirst('t', 'x'), ...conv('x')],
      [1, 6, 5],
    ],
    ['[N, 6, 5], dense', [0, 6, 5], [node('Reshape', ['image', 'rows'], 'x'), ...dense('x')], [1, 6, 5]],
    ['[N, 30, 1], dense', [0, 30, 1], [node('Flatten', ['image'], 'x'), ...dense('x')], [30, 1, 1]],
    [
      '[N, 6, 5, 3], dense',
      [0, 6, 5, 3],
      [
        node('Sub', ['image', 'm'], 'a'),
        node('Reshape', ['a', 'rgbRows'], 'x'),
        { ...(dense('x')[0] as NodeSpec), inputs: ['x', 'u90'] },
        ...dense('x').slice(1),
      ],
      [3, 6, 5],
    ],
  ])('%s', async (_, input, nodes, shape) => {
    const network = await agree(encode({ nodes, constants, input, outputs: ['final'] }));
    expect(network.input).toEqual(shape);
  });
});

test('a Pad of nothing, as exporters of PyTorch write it before an average pool', async () => {
  const nodes = [
    node('Pad', ['r', 'none'], 'p'),
    node('AveragePool', ['p'], 'q', { kernel_shape: [2, 2], strides: [1, 1] }),
    batchNorm('q', 'n'),
    node('Flatten', ['n'], 'f'),
    node('MatMul', ['f', 'v'], 'final'),
  ];
  await agree(
    keras(nodes, {
      none: i64([0, 0, 0, 0, 0, 0, 0, 0]),
      v: randomTensor([80, 3], 3),
      ...batchNormConstants('n', 4),
    }),
  );
});
