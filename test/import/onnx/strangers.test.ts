/** What other people's networks have: each computes what ONNX Runtime makes of it. */
import { describe, expect, test } from 'vitest';
import { openOnnx } from '../../../tools/import/onnx/open.ts';
import { agree } from './agree.ts';
import { encode, type NodeSpec, type TensorSpec } from './encode.ts';
import { around, batchNorm, batchNormConstants, f32, i64, node, randomTensor } from './models.ts';

const relu = node('Relu', ['conv'], 'h');

describe('constant scales and shifts per channel', () => {
  const c = f32([4, 1, 1], [2, 0.5, 1.5, -1]);
  test.each<[string, NodeSpec[], Record<string, TensorSpec>]>([
    ['Mul', [node('Mul', ['conv', 'k1'], 's'), node('Relu', ['s'], 'h')], { k1: c }],
    [
      'Mul, the constant first and four axes',
      [node('Mul', ['k1', 'conv'], 's'), node('Relu', ['s'], 'h')],
      { k1: f32([1, 4, 1, 1], [2, 1, 3, 4]) },
    ],
    ['Div', [node('Div', ['conv', 'k1'], 's'), node('Relu', ['s'], 'h')], { k1: c }],
    ['Sub', [node('Sub', ['conv', 'k1'], 's'), node('Relu', ['s'], 'h')], { k1: c }],
    ['Sub from a constant', [node('Sub', ['k1', 'conv'], 's'), node('Relu', ['s'], 'h')], { k1: c }],
    [
      'one number before the activation',
      [node('Mul', ['conv', 'k1'], 's'), node('Relu', ['s'], 'h')],
      { k1: f32([], [0.5]) },
    ],
    [
      'a shift before the activation',
      [node('Add', ['conv', 'k1'], 's'), node('Relu', ['s'], 'h')],
      { k1: f32([1], [0.3]) },
    ],
    [
      'one number after the activation',
      [node('Relu', ['conv'], 's'), node('Mul', ['s', 'k1'], 'h')],
      { k1: f32([], [0.5]) },
    ],
    [
      'a clip between scales',
      [
        node('Mul', ['conv', 'k1'], 's'),
        node('Clip', ['s', 'zero', 'one'], 't'),
        node('Div', ['t', 'k1'], 'h'),
      ],
      { k1: f32([], [4]), zero: f32([], [0]), one: f32([], [1]) },
    ],
    [
      'a batch normalization and a scale, in a row',
      [
        batchNorm('conv', 'n'),
        node('Mul', ['n', 'k1'], 's'),
        node('Add', ['s', 'd'], 't'),
        node('Relu', ['t'], 'h'),
      ],
      { ...batchNormConstants('n', 4), k1: c, d: f32([4, 1, 1], [0.1, 0.2, -0.3, 0.4]) },
    ],
    [
      'after the activation, into a padded convolution',
      [
        node('Relu', ['conv'], 'r'),
        node('Mul', ['r', 'k1'], 's'),
        node('Conv', ['s', 'k'], 'x', { pads: [1, 1, 1, 1] }),
        node('Relu', ['x'], 'h'),
      ],
      { k1: c, k: randomTensor([4, 4, 3, 3], 5) },
    ],
    [
      'behind a residual sum',
      [
        node('Relu', ['conv'], 'r'),
        node('Conv', ['r', 'k'], 'x', { pads: [1, 1, 1, 1] }),
        node('Add', ['x', 'r'], 'sum'),
        node('Mul', ['sum', 'k1'], 's'),
        node('Relu', ['s'], 'h'),
      ],
      { k1: c, k: randomTensor([4, 4, 3, 3], 5) },
    ],
    [
      'worked out of constants, in double',
      [
        node('Unsqueeze', ['k1', 'axes'], 'c3'),
        node('Div', ['c3', 'two'], 'half'),
        node('Mul', ['conv', 'half'], 's'),
        node('Relu', ['s'], 'h'),
      ],
      { k1: f32([4], [1, 2, 3, 4]), axes: i64([1, 2]), two: f32([], [2]) },
    ],
  ])('%s', async (_, nodes, constants) => {
    await agree(around(nodes, constants));
  });
});

describe('preprocessing in the graph is a normalization', () => {
  const first = (
    nodes: NodeSpec[],
    constants: Record<string, TensorSpec>,
    input = [0, 3, 6, 6],
  ): Uint8Array =>
    encode({
      nodes: [
        ...nodes,
        node('Conv', ['x', 'w'], 'conv', { pads: [1, 1, 1, 1] }),
        relu,
        node('Flatten', ['h'], 'flat'),
        node('Gemm', ['flat', 'v'], 'final', { transB: 1 }),
      ],
      constants: { w: randomTensor([4, 3, 3, 3], 1), v: randomTensor([3, 144], 3), ...constants },
      outputs: ['final'],
      input,
    });

  test('(x − mean) / std per channel', async () => {
    const bytes = first([node('Sub', ['image', 'm'], 'a'), node('Div', ['a', 's'], 'x')], {
      m: f32([1, 3, 1, 1], [0.5, 0.25, 0.75]),
      s: f32([3, 1, 1], [0.5, 0.25, 0.125]),
    });
    await agree(bytes);
    expect(openOnnx(bytes, 'n').pixels).toEqual({ scale: [2, 4, 8], shift: [-1, -1, -6] });
  });

  test('2x − 1, and a batch normalization of the image', async () => {
    await agree(
      first([node('Mul', ['image', 'two'], 'a'), node('Sub', ['a', 'one'], 'x')], {
        two: f32([], [2]),
        one: f32([], [1]),
      }),
    );
    await agree(first([{ ...batchNorm('image', 'x') }], batchNormConstants('x', 3)));
  });

  test('channels last: a Transpose, whatever is scaled before it', async () => {
    const bytes = first(
      [node('Div', ['image', 's'], 'a'), node('Transpose', ['a'], 'x', { perm: [0, 3, 1, 2] })],
      { s: f32([3], [0.5, 0.25, 0.125]) },
      [0, 6, 6, 3],
    );
    const network = await agree(bytes);
    expect(network.input).toEqual([3, 6, 6]);
  });
});

test('Sum of three branches', async () => {
  const nodes = [
    node('Relu', ['conv'], 'r'),
    node('Conv', ['r', 'k'], 'x', { pads: [1, 1, 1, 1] }),
    node('Conv', ['r', 'k2'], 'y', { pads: [1, 1, 1, 1] }),
    node('Sum', ['x', 'r', 'y'], 'sum'),
    node('Relu', ['sum'], 'h'),
  ];
  const constants = { k: randomTensor([4, 4, 3, 3], 5), k2: randomTensor([4, 4, 3, 3], 6) };
  const { layers } = await agree(around(nodes, constants));
  expect(layers[1]?.projections).toHaveLength(3);
});

test('weights that the file fills by ConstantOfShape, and too many of them', async () => {
  const fill = (n: number): NodeSpec[] =>
    Array.from({ length: n }, (_, i) =>
      node('ConstantOfShape', ['s'], `k${i}`, { value: { tensor: f32([1], [0.1]) } }),
    );
  const nodes = [
    ...fill(1),
    node('Relu', ['conv'], 'r'),
    node('Conv', ['r', 'k0'], 'x', { pads: [1, 1, 1, 1] }),
    node('Relu', ['x'], 'h'),
  ];
  await agree(around(nodes, { s: i64([4, 4, 3, 3]) }));
  const many = fill(20).map((n) => n.outputs[0] as string);
  const bomb = [...fill(20), node('Relu', ['conv', ...many], 'h')];
  expect(() => openOnnx(around(bomb, { s: i64([2 ** 22]) }), 'n')).toThrow(
    'more than 16777216 constant values',
  );
});

describe('heads', () => {
  const ends = (nodes: NodeSpec[], constants: Record<string, TensorSpec>): Uint8Array =>
    encode({
      nodes: [node('Conv', ['image', 'w', 'b'], 'conv', { pads: [1, 1, 1, 1] }), relu, ...nodes],
      constants: { w: randomTensor([4, 1, 3, 3], 1), b: randomTensor([4], 2), ...constants },
      outputs: ['final'],
    });
  const k = randomTensor([3, 4, 1, 1], 5);
  const flat = (from: string): NodeSpec => node('Flatten', [from], 'final');
  test.each<[string, NodeSpec[], Record<string, TensorSpec>]>([
    [
      'a convolution as large as its map',
      [node('Conv', ['h', 'k'], 'x'), flat('x')],
      { k: randomTensor([3, 4, 6, 6], 5) },
    ],
    [
      'a 1x1 convolution behind the pool',
      [node('GlobalAveragePool', ['h'], 'g'), node('Conv', ['g', 'k'], 'x'), flat('x')],
      { k },
    ],
    [
      'a 1x1 convolution before the pool',
      [node('Conv', ['h', 'k', 'c'], 'x'), node('GlobalAveragePool', ['x'], 'g'), flat('g')],
      { k, c: randomTensor([3], 6) },
    ],
    [
      'the same by ReduceMean, behind a batch normalization',
      [
        node('Conv', ['h', 'k'], 'x'),
        batchNorm('x', 'n'),
        node('ReduceMean', ['n'], 'final', { axes: [2, 3], keepdims: 0 }),
      ],
      { k, ...batchNormConstants('n', 3) },
    ],
    [
      'the pool of neurons',
      [
        node('Conv', ['h', 'k'], 'x'),
        node('Relu', ['x'], 'r'),
        node('GlobalAveragePool', ['r'], 'g'),
        flat('g'),
      ],
      { k },
    ],
    [
      'squeezed one axis after the other',
      [
        node('GlobalAveragePool', ['h'], 'g'),
        node('Squeeze', ['g', 'last'], 's'),
        node('Squeeze', ['s', 'last'], 't'),
        node('Gemm', ['t', 'v'], 'final'),
      ],
      { last: i64([-1]), v: randomTensor([4, 3], 3) },
    ],
    [
      'a batch baked into a Reshape',
      [node('Reshape', ['h', 'to'], 't'), node('Gemm', ['t', 'v'], 'final')],
      { to: i64([1, 144]), v: randomTensor([144, 3], 3) },
    ],
  ])('%s', async (_, nodes, constants) => {
    await agree(ends(nodes, constants), { exits: 1e-3 });
  });

  test('a larger kernel before the pool is refused', () => {
    const nodes = [node('Conv', ['h', 'k'], 'x'), node('GlobalAveragePool', ['x'], 'g'), flat('g')];
    expect(() => openOnnx(ends(nodes, { k: randomTensor([3, 4, 3, 3], 5) }), 'n')).toThrow(
      'n: node "g" (GlobalAveragePool): the classes are means of a map; end with a 1x1 convolution before it',
    );
  });
});

describe('padding', () => {
  test.each([
    [[3, 0, 0, 0]],
    [[0, 0, 3, 0]],
    [[1, 4, 2, 5]],
    [[7, 1, 9, 1]],
  ])('pads %j of a 3x3 kernel', async (pads) => {
    const nodes = [
      node('Relu', ['conv'], 'r'),
      node('Conv', ['r', 'k', 'e'], 'x', { pads, strides: [2, 1] }),
      node('Relu', ['x'], 'h'),
    ];
    const network = await agree(around(nodes, { k: randomTensor([4, 4, 3, 3], 5), e: randomTensor([4], 8) }));
    const layer = network.layers[1];
    const [s] = layer?.projections ?? [];
    if (s?.kind !== 'conv') throw new Error('no convolution');
    // What the engine can run: every window begins inside its source, or less than a kernel before it.
    for (const axis of [0, 1]) {
      expect(s.padding[axis]).toBeLessThan(s.kernel[axis] as number);
      const last =
        ((layer?.shape[axis + 1] as number) - 1) * (s.stride[axis] as number) - (s.padding[axis] as number);
      expect(last).toBeLessThan(6);
    }
  });

  test('F.pad as the TorchScript exporter computes it', async () => {
    const pads = [
      node('ConstantOfShape', ['four'], 'zeros', { value: { tensor: i64([0]) } }),
      node('Concat', ['given', 'zeros'], 'all', { axis: 0 }),
      node('Reshape', ['all', 'pairs'], 'rows'),
      node('Slice', ['rows', 'end', 'begin', 'zero', 'end'], 'turned'),
      node('Transpose', ['turned'], 'columns', { perm: [1, 0] }),
      node('Reshape', ['columns', 'end'], 'flat8'),
      node('Cast', ['flat8'], 'pads', { to: 7 }),
    ];
    const constants = {
      four: i64([4]),
      given: i64([1, 2, 0, 1]),
      pairs: i64([-1, 2]),
      end: i64([-1]),
      begin: i64([-(2 ** 53)]),
      zero: i64([0]),
      k: randomTensor([4, 4, 3, 3], 5),
    };
    const nodes = [
      node('Relu', ['conv'], 'r'),
      ...pads,
      node('Pad', ['r', 'pads', ''], 'p', { mode: 'constant' }),
      node('Conv', ['p', 'k'], 'x'),
      node('Relu', ['x'], 'h'),
    ];
    const network = await agree(around(nodes, constants));
    expect(network.layers[1]?.shape).toEqual([4, 5, 7]);
  });
});

test('what no output needs may be of any type', async () => {
  const unused = { dims: [3], type: 2, raw: new Uint8Array(3) };
  await agree(around([relu], { unused }));
});

test('biases that a Constant lists', async () => {
  const listed = {
    ...node('Constant', [], 'b'),
    attributes: { value_floats: { floats: [0.1, -0.2, 0.3, 0.4] } },
  };
  const v = randomTensor([3, 4], 3);
  const bytes = encode({
    nodes: [
      listed,
      node('Conv', ['image', 'w', 'b'], 'conv'),
      relu,
      node('GlobalAveragePool', ['h'], 'pool'),
      node('Flatten', ['pool'], 'flat'),
      node('Gemm', ['flat', 'v'], 'final', { transB: 1 }),
    ],
    constants: { w: randomTensor([4, 1, 3, 3], 1), v },
    outputs: ['final'],
  });
  const { layers } = await agree(bytes);
  expect([...(layers[0]?.bias ?? [])]).toEqual([...Float32Array.of(0.1, -0.2, 0.3, 0.4)]);
});

test('a name left empty joins no nodes', () => {
  const nodes = [{ op: 'Identity', inputs: [''], outputs: [''] }, relu];
  expect(() => openOnnx(around(nodes), 'n')).not.toThrow();
});
