import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { externalReader } from '../../../tools/import/onnx/external.ts';
import { openOnnx } from '../../../tools/import/onnx/open.ts';
import type { Ann, Pooled } from '../../../tools/network.ts';
import { agree } from './agree.ts';
import { encode, type ModelSpec, type NodeSpec } from './encode.ts';
import { around, batchNorm, batchNormConstants, f32, i64, node, randomTensor } from './models.ts';

const relu = node('Relu', ['conv'], 'h');

/** Groups of every branch into a layer. */
function groupsOf(network: Ann, layer: number): (number | undefined)[] {
  return (network.layers[layer]?.projections ?? []).map((s) => (s.kind === 'conv' ? s.groups : undefined));
}

/** image → Conv "a" → Relu "ra" → `tail`. */
function tail(nodes: ModelSpec['nodes'], constants: ModelSpec['constants'], more: Partial<ModelSpec> = {}) {
  return encode({
    nodes: [
      node('Conv', ['image', 'wa'], 'a', { pads: [1, 1, 1, 1], strides: [2, 2] }),
      node('Relu', ['a'], 'ra'),
      ...nodes,
    ],
    constants: { wa: randomTensor([5, 1, 3, 3], 11), ...constants },
    outputs: ['final'],
    ...more,
  });
}

describe('branches that join', () => {
  const block = (sum: [string, string], more: ModelSpec['nodes'] = []) =>
    around(
      [
        node('Relu', ['conv'], 'r'),
        node('Conv', ['r', 'w2'], 'conv2', { pads: [1, 1, 1, 1] }),
        node('BatchNormalization', ['conv2', 'g', 'e', 'm', 's'], 'bn2'),
        ...more,
        node('Add', sum, 'sum'),
        node('Relu', ['sum'], 'h'),
      ],
      {
        w2: randomTensor([4, 4, 3, 3], 9),
        w3: randomTensor([4, 4, 1, 1], 10),
        b3: randomTensor([4], 12),
        g: f32([4], [1, 0.5, -2, 1.5]),
        e: f32([4], [0.1, -0.2, 0.3, 0]),
        m: f32([4], [0, 0.2, -0.1, 0.4]),
        s: f32([4], [1, 2, 0.5, 1]),
      },
    );

  test.each([
    ['identity skip', block(['bn2', 'r']), [1, 4]],
    ['identity skip first', block(['r', 'bn2']), [4, 1]],
    ['1×1 skip', block(['bn2', 'skip'], [node('Conv', ['r', 'w3', 'b3'], 'skip')]), [1, 1]],
  ])('%s', async (_, bytes, groups) => {
    const network = await agree(bytes);
    expect(groupsOf(network, 1)).toEqual(groups);
    expect(network.exits).toEqual([2]);
  });

  test('three branches, one of them a sum', async () => {
    const bytes = block(
      ['inner', 'bn2'],
      [node('Conv', ['r', 'w3', 'b3'], 'skip'), node('Add', ['skip', 'r'], 'inner')],
    );
    const network = await agree(bytes);
    expect(groupsOf(network, 1)).toEqual([1, 4, 1]);
  });

  test('blocks in a row', async () => {
    const bytes = around(
      [
        node('Relu', ['conv'], 'r'),
        node('Conv', ['r', 'w2'], 'c2', { pads: [1, 1, 1, 1] }),
        node('Add', ['c2', 'r'], 's1'),
        node('Relu', ['s1'], 'r1'),
        node('Conv', ['r1', 'w2'], 'c3', { pads: [1, 1, 1, 1] }),
        node('Add', ['r1', 'c3'], 's2'),
        node('Relu', ['s2'], 'h'),
      ],
      { w2: randomTensor([4, 4, 3, 3], 9, 0.3) },
    );
    const network = await agree(bytes, { exits: 1e-3 });
    expect(network.layers.map((l) => l.projections.map((s) => s.source))).toEqual([
      [-1],
      [0, 0],
      [1, 1],
      [2],
    ]);
  });

  test('depthwise convolution, its batch normalization folded', async () => {
    const bytes = around(
      [
        node('Relu', ['conv'], 'r'),
        node('Conv', ['r', 'd'], 'dw', { pads: [1, 1, 1, 1], group: 4 }),
        node('Relu', ['dw'], 'h'),
      ],
      { d: randomTensor([4, 1, 3, 3], 21) },
    );
    const network = await agree(bytes);
    expect(groupsOf(network, 1)).toEqual([4]);
  });

  test('grouped convolution with more outputs than inputs', async () => {
    const bytes = around(
      [
        node('Relu', ['conv'], 'r'),
        node('Conv', ['r', 'd'], 'g', { pads: [1, 1, 1, 1], group: 2 }),
        node('Relu', ['g'], 'h'),
      ],
      { d: randomTensor([6, 2, 3, 3], 22), v: randomTensor([3, 6], 3) },
    );
    expect(groupsOf(await agree(bytes), 1)).toEqual([2]);
  });

  test.each(['SAME_UPPER', 'SAME_LOWER', 'VALID'])('auto_pad %s', async (auto_pad) => {
    const bytes = around(
      [
        node('Relu', ['conv'], 'r'),
        node('Conv', ['r', 'd'], 'g', { auto_pad, strides: [2, 2] }),
        node('Relu', ['g'], 'h'),
      ],
      { d: randomTensor([4, 4, 3, 2], 23) },
    );
    await agree(bytes);
  });

  test('a sum that is normalized before its activation', async () => {
    const bytes = around(
      [
        node('Relu', ['conv'], 'r'),
        node('Conv', ['r', 'w2', 'b'], 'c2', { pads: [1, 1, 1, 1] }),
        node('Add', ['c2', 'r'], 'sum'),
        batchNorm('sum', 'n'),
        node('Relu', ['n'], 'h'),
      ],
      { w2: randomTensor([4, 4, 3, 3], 9), ...batchNormConstants('n', 4) },
    );
    const { folded } = openOnnx(bytes, 'test.onnx');
    expect(folded).toEqual(['n']);
    await agree(bytes);
  });
});

describe('batch normalization before the layer that reads it', () => {
  test('an unpadded convolution, grouped', async () => {
    const bytes = around(
      [
        node('Relu', ['conv'], 'r'),
        batchNorm('r', 'n'),
        node('Conv', ['n', 'd'], 'g', { group: 2 }),
        node('Relu', ['g'], 'h'),
      ],
      { d: randomTensor([4, 2, 3, 3], 22), ...batchNormConstants('n', 4) },
    );
    await agree(bytes);
  });

  test('a classifier behind a pool', async () => {
    const bytes = around([node('Relu', ['conv'], 'r'), batchNorm('r', 'h')], batchNormConstants('h', 4));
    await agree(bytes);
  });

  test('a classifier of a whole map', async () => {
    const nodes = [batchNorm('ra', 'n'), node('Flatten', ['n'], 'f'), node('Gemm', ['f', 'v'], 'final')];
    await agree(tail(nodes, { v: randomTensor([45, 3], 5), ...batchNormConstants('n', 5) }));
  });
});

describe('average pools', () => {
  const pooled = (attributes: NodeSpec['attributes']): Uint8Array =>
    around(
      [
        node('Relu', ['conv'], 'r'),
        node('AveragePool', ['r'], 'p', attributes),
        node('Conv', ['p', 'k'], 'c2', { pads: [1, 1, 1, 1] }),
        node('Relu', ['c2'], 'h'),
      ],
      { k: randomTensor([4, 4, 3, 3], 13) },
    );

  test.each<[string, NodeSpec['attributes']]>([
    ['2x2', { kernel_shape: [2, 2], strides: [2, 2] }],
    ['3x2 with overlap', { kernel_shape: [3, 2], strides: [1, 1] }],
    [
      'padded, zeros counted',
      { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 },
    ],
  ])('%s', async (_, attributes) => {
    const network = await agree(pooled(attributes));
    expect(network.layers.map((l) => l.projections[0]?.kind)).toEqual(['conv', 'average', 'conv', 'pooled']);
  });

  test('one as large as its map is a global pool', async () => {
    const nodes = [
      node('AveragePool', ['ra'], 'p', { kernel_shape: [3, 3] }),
      node('Flatten', ['p'], 'f'),
      node('Gemm', ['f', 'v'], 'final'),
    ];
    const network = await agree(tail(nodes, { v: randomTensor([5, 3], 5) }));
    expect(network.layers.map((l) => l.projections[0]?.kind)).toEqual(['conv', 'pooled']);
  });

  test('a branch of a sum', async () => {
    const nodes = [
      node('Conv', ['ra', 'k'], 'c', { strides: [2, 2], pads: [1, 1, 1, 1] }),
      node('AveragePool', ['ra'], 'p', { kernel_shape: [2, 2], strides: [1, 1] }),
      node('Add', ['c', 'p'], 's'),
      node('Relu', ['s'], 'r'),
      node('Flatten', ['r'], 'f'),
      node('Gemm', ['f', 'v'], 'final'),
    ];
    await agree(tail(nodes, { k: randomTensor([5, 5, 3, 3], 4), v: randomTensor([20, 3], 5) }));
  });

  test.each<[string, NodeSpec['attributes']]>([
    ['ceil_mode', { kernel_shape: [2, 2], strides: [3, 3], ceil_mode: 1 }],
    ['padded windows of different weight', { kernel_shape: [2, 2], pads: [1, 1, 1, 1] }],
    ['kernel 9x9 does not fit', { kernel_shape: [9, 9] }],
    ['kernel_shape 0,0', {}],
  ])('%s is refused', (what, attributes) => {
    expect(() => openOnnx(pooled(attributes), 'test.onnx')).toThrow(`node "p" (AveragePool): ${what}`);
  });
});

describe('max pools', () => {
  const pooled = (nodes: NodeSpec[], weights = [5, 4, 3, 3]): Uint8Array =>
    around([...nodes, node('Conv', ['p', 'k'], 'c2', { pads: [1, 1, 1, 1] }), node('Relu', ['c2'], 'h')], {
      k: randomTensor(weights, 13),
      v: randomTensor([3, 5], 4),
    });
  const behindRelu = (attributes: NodeSpec['attributes'], op = 'MaxPool'): NodeSpec[] => [
    node('Relu', ['conv'], 'r'),
    node(op, ['r'], 'p', attributes),
  ];

  test.each<[string, NodeSpec['attributes']]>([
    ['2x2', { kernel_shape: [2, 2], strides: [2, 2] }],
    ['3x2 with overlap', { kernel_shape: [3, 2], strides: [1, 1] }],
    ['padded', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
    ['SAME_UPPER', { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' }],
    ['last windows over the border', { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }],
    ['wide last windows', { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1, pads: [1, 1, 1, 1] }],
  ])('%s', async (_, attributes) => {
    const network = await agree(pooled(behindRelu(attributes)));
    expect(network.layers.map((l) => l.projections[0]?.kind)).toEqual(['conv', 'max', 'conv', 'pooled']);
  });

  test('of the whole map', async () => {
    const network = await agree(pooled(behindRelu({}, 'GlobalMaxPool')));
    expect(network.layers[1]?.shape).toEqual([4, 1, 1]);
  });

  test.each<[string, NodeSpec[]]>([
    ['ReLU', [node('Relu', ['m'], 'p')]],
    ['clipped ReLU', [node('Clip', ['m', 'low', 'high'], 'p')]],
    ['Dropout and ReLU', [node('Dropout', ['m'], 'd'), node('Relu', ['d'], 'p')]],
  ])('before %s, which then comes first', async (_, activation) => {
    const nodes = [node('MaxPool', ['conv'], 'm', { kernel_shape: [2, 2], strides: [2, 2] }), ...activation];
    const bytes = around(
      [...nodes, node('Conv', ['p', 'k'], 'c2', { pads: [1, 1, 1, 1] }), node('Relu', ['c2'], 'h')],
      {
        k: randomTensor([5, 4, 3, 3], 13),
        v: randomTensor([3, 5], 4),
        low: f32([], [0]),
        high: f32([], [0.5]),
      },
    );
    const network = await agree(bytes);
    expect(network.layers.map((l) => l.projections[0]?.kind)).toEqual(['conv', 'max', 'conv', 'pooled']);
    expect(network.layers[0]).toMatchObject({ isSum: true });
  });

  test.each<[string, NodeSpec[], string]>([
    ['the image', [node('MaxPool', ['image'], 'p', { kernel_shape: [2, 2] })], 'pools the image itself'],
    [
      'negative values',
      [node('LeakyRelu', ['conv'], 'r'), node('MaxPool', ['r'], 'p', { kernel_shape: [2, 2] })],
      'pools negative values',
    ],
    [
      'a stretched window',
      behindRelu({ kernel_shape: [2, 2], dilations: [2, 2] }),
      'dilations are not supported',
    ],
    ['a window too large', behindRelu({ kernel_shape: [99, 99] }), 'kernel 99x99 does not fit'],
  ])('of %s is refused', (name, nodes, what) => {
    const weights = name === 'the image' ? [5, 1, 3, 3] : [5, 4, 3, 3];
    expect(() => openOnnx(pooled(nodes, weights), 'test.onnx')).toThrow(`node "p" (MaxPool): ${what}`);
  });
});

test('padding of its own, its amounts computed as PyTorch writes them', async () => {
  const nodes = [
    node('ConstantOfShape', ['four'], 'zeros', { value: { tensor: i64([0]) } }),
    node('Concat', ['given', 'zeros'], 'all', { axis: 0 }),
    node('Reshape', ['all', 'pairs'], 'two'),
    node('Slice', ['two', 'last', 'least', 'zero', 'back'], 'turned'),
    node('Transpose', ['turned'], 'columns', { perm: [1, 0] }),
    node('Reshape', ['columns', 'flat'], 'pads'),
    node('Pad', ['ra', 'pads', ''], 'p', { mode: 'constant' }),
    node('Conv', ['p', 'k'], 'c', { strides: [2, 1], pads: [0, 1, 0, 0] }),
    node('Relu', ['c'], 'r'),
    node('GlobalAveragePool', ['r'], 'g'),
    node('Flatten', ['g'], 'f'),
    node('Gemm', ['f', 'v'], 'final'),
  ];
  const constants = {
    four: i64([4]),
    given: i64([1, 2, 0, 1]),
    pairs: i64([-1, 2]),
    last: i64([-1]),
    least: i64([-9007199254740991]),
    zero: i64([0]),
    back: i64([-1]),
    flat: i64([-1]),
    k: randomTensor([4, 5, 4, 4], 31),
    v: randomTensor([4, 3], 5),
  };
  const network = await agree(tail(nodes, constants));
  // Left 1 + 1, right 2, nothing above, one below.
  expect(network.layers[1]?.projections[0]).toMatchObject({ padding: [0, 2] });
  for (const [attributes, constant, message] of [
    [{ mode: 'reflect' }, [0, 0, 0, 1, 0, 0, 1, 2], 'mode reflect is not supported'],
    [{}, [0, 1, 0, 1, 0, 0, 1, 2], 'only height and width can be padded'],
  ] as const) {
    const pad = node('Pad', ['ra', 'eight', ''], 'p', attributes);
    const bytes = tail([pad, ...nodes.slice(7)], { ...constants, eight: i64([...constant]) });
    expect(() => openOnnx(bytes, 'test.onnx')).toThrow(message);
  }
});

test('a mean over both axes in two nodes', async () => {
  const nodes = [
    node('ReduceMean', ['ra'], 'm', { axes: [3], keepdims: 0 }),
    node('ReduceMean', ['m'], 'mm', { axes: [2], keepdims: 0 }),
    node('Gemm', ['mm', 'v'], 'final'),
  ];
  await agree(tail(nodes, { v: randomTensor([5, 3], 5) }));
});

test('weights beside the file', async () => {
  const weights = new Uint8Array(80 + 16).fill(7);
  weights.set(
    f32(
      [5, 3],
      Array.from({ length: 15 }, (_, i) => i / 10),
    ).raw as Uint8Array,
    16,
  );
  const nodes = [
    node('GlobalAveragePool', ['ra'], 'p'),
    node('Flatten', ['p'], 'f'),
    node('Gemm', ['f', 'v'], 'final'),
  ];
  const v = { dims: [5, 3], type: 1, external: { location: 'w.bin', offset: 16, length: 60 } };
  const bytes = tail(nodes, { v });
  const { network, openFloat } = openOnnx(bytes, 'test.onnx', (location) =>
    location === 'w.bin' ? weights : new Uint8Array(),
  );
  const { weights: read } = network.layers[1]?.projections[0] as Pooled;
  expect(read[1]).toBeCloseTo(0.3);
  const ann = await openFloat();
  const { exits } = await ann.run(new Float32Array(36).fill(0.5), 1);
  expect(exits[0]).toHaveLength(3);
  await ann.close();
  expect(() => openOnnx(bytes, 'test.onnx')).toThrow('weights in "w.bin" are not at hand');
  expect(() => openOnnx(bytes, 'test.onnx', () => weights.subarray(30))).toThrow('"w.bin" is too short');
  for (const location of ['/etc/passwd', '../w.bin', 'a/../../w.bin', ''])
    expect(() => externalReader('/tmp/test.onnx')(location)).toThrow('not beside the file');
  expect(() => externalReader('/tmp/test.onnx')('no-such.bin')).toThrow('cannot be read (ENOENT)');
});

test('LeakyReLU becomes a layer with negative values', async () => {
  const network = await agree(around([node('LeakyRelu', ['conv'], 'h', { alpha: { float: 0.25 } })]));
  expect(network.layers[0]?.activation).toEqual({ kind: 'leaky', slope: 0.25 });
});

describe('layers', () => {
  test('convolution, ReLU, pool, dense', async () => {
    const network = await agree(around([relu]));
    expect(network.input).toEqual([1, 6, 6]);
    expect(network.exits).toEqual([1]);
    expect(network.layers.map((l) => [l.name, l.tensor, l.shape, l.activation.kind])).toEqual([
      ['conv', 'h', [4, 6, 6], 'relu'],
      ['final', 'final', [3, 1, 1], 'none'],
    ]);
    expect(network.layers[1]?.projections[0]?.kind).toBe('pooled');
  });

  test.each([
    ['strides', { strides: [2, 1] }],
    ['asymmetric pads', { pads: [0, 1, 2, 3] }],
    ['asymmetric pads and strides', { pads: [1, 0, 0, 1], strides: [2, 2] }],
    ['explicit defaults', { auto_pad: 'NOTSET', group: 1, dilations: [1, 1], kernel_shape: [3, 2] }],
  ])('convolution with %s', async (_, attributes) => {
    const nodes = [
      node('Conv', ['ra', 'w', 'b'], 'c', attributes),
      node('Clip', ['c', '', 'six'], 'h'),
      node('Relu', ['h'], 'r'),
      node('GlobalAveragePool', ['r'], 'p'),
      node('Flatten', ['p'], 'f'),
      node('Gemm', ['f', 'v'], 'final'),
    ];
    const network = await agree(
      tail(
        nodes,
        {
          w: randomTensor([4, 5, 3, 2], 5),
          b: randomTensor([4], 6),
          v: randomTensor([4, 3], 7),
          six: f32([], [6]),
        },
        { input: [0, 1, 9, 7] },
      ),
    );
    expect(network.layers[1]?.activation).toEqual({ kind: 'clip', ceiling: 6 });
  });

  test('batch normalization behind convolution and dense is folded and named', async () => {
    const nodes = [
      node('Conv', ['ra', 'w', 'b'], 'c', { pads: [1, 1, 1, 1] }),
      batchNorm('c', 'bn2d'),
      node('Relu', ['bn2d'], 'r'),
      node('Flatten', ['r'], 'f'),
      node('Gemm', ['f', 'v', 'vb'], 'd'),
      batchNorm('d', 'bn1d'),
      node('Relu', ['bn1d'], 'rd'),
      node('MatMul', ['rd', 'u'], 'm'),
      node('Add', ['ub', 'm'], 'final'),
    ];
    const bytes = tail(nodes, {
      w: randomTensor([4, 5, 3, 3], 5),
      b: randomTensor([4], 6),
      v: randomTensor([36, 8], 7),
      vb: randomTensor([8], 8),
      u: randomTensor([8, 3], 9),
      ub: randomTensor([1, 3], 10),
      ...batchNormConstants('bn2d', 4),
      ...batchNormConstants('bn1d', 8),
    });
    await agree(bytes, { exits: 1e-3 });
    expect(openOnnx(bytes, 'test.onnx').folded).toEqual(['bn2d', 'bn1d']);
  });

  test('a bias added to a map', async () => {
    await agree(
      around([node('Add', ['conv', 'k'], 'sum'), node('Relu', ['sum'], 'h')], {
        k: randomTensor([4, 1, 1], 5),
      }),
    );
  });

  test.each([
    ['Flatten', [node('Flatten', ['ra'], 'f')], {}],
    ['Reshape to [N, -1]', [node('Reshape', ['ra', 's'], 'f')], { s: i64([0, -1]) }],
    ['Reshape to [-1, 45]', [node('Reshape', ['ra', 's'], 'f')], { s: i64([-1, 45]) }],
    [
      'view(x.size(0), -1)',
      [
        node('Shape', ['ra'], 's'),
        node('Gather', ['s', 'zero'], 'n', { axis: 0 }),
        node('Unsqueeze', ['n', 'axis'], 'u'),
        node('Unsqueeze', ['rest', 'axis'], 'r'),
        node('Concat', ['u', 'r'], 't', { axis: 0 }),
        node('Reshape', ['ra', 't'], 'f'),
      ],
      { zero: { ...i64([0]), dims: [] }, axis: i64([0]), rest: { ...i64([-1]), dims: [] } },
    ],
    [
      'Dropout and Identity around it',
      [
        node('Dropout', ['ra'], 'd1'),
        node('Flatten', ['d1'], 'f1'),
        node('Identity', ['f1'], 'i1'),
        node('Dropout', ['i1'], 'f'),
      ],
      {},
    ],
  ] satisfies [
    string,
    ModelSpec['nodes'],
    ModelSpec['constants'],
  ][])('a map seen whole by a dense layer: %s', async (_, nodes, constants) => {
    const network = await agree(
      tail([...nodes, node('Gemm', ['f', 'v'], 'final')], { ...constants, v: randomTensor([45, 3], 3) }),
    );
    const [projections] = network.layers[1]?.projections ?? [];
    expect(projections).toMatchObject({ kind: 'conv', kernel: [3, 3], source: 0 });
  });

  test.each([
    [
      'GlobalAveragePool, Flatten',
      17,
      [node('GlobalAveragePool', ['ra'], 'p'), node('Flatten', ['p'], 'f')],
      {},
    ],
    [
      'ReduceMean without keeping axes',
      17,
      [node('ReduceMean', ['ra'], 'f', { axes: [2, 3], keepdims: 0 })],
      {},
    ],
    [
      'ReduceMean over the last two axes',
      17,
      [node('ReduceMean', ['ra'], 'p', { axes: [-1, -2] }), node('Squeeze', ['p', 'axes'], 'f')],
      { axes: i64([2, 3]) },
    ],
    [
      'ReduceMean of opset 18',
      18,
      [node('ReduceMean', ['ra', 'axes'], 'p'), node('Reshape', ['p', 's'], 'f')],
      { axes: i64([2, 3]), s: i64([0, -1]) },
    ],
  ] satisfies [
    string,
    number,
    ModelSpec['nodes'],
    ModelSpec['constants'],
  ][])('pooled: %s', async (_, opset, nodes, constants) => {
    const bytes = tail(
      [...nodes, node('Gemm', ['f', 'v', 'c'], 'final', { transB: 1 })],
      { ...constants, v: randomTensor([3, 5], 3), c: randomTensor([3], 4) },
      { opset },
    );
    expect((await agree(bytes)).layers[1]?.projections[0]?.kind).toBe('pooled');
  });

  test('a dense network on a flattened image and on a vector', async () => {
    const nodes = (from: string) => [
      node('Gemm', [from, 'v', 'c'], 'd'),
      node('Relu', ['d'], 'r'),
      node('MatMul', ['r', 'u'], 'final'),
    ];
    const constants = { v: randomTensor([36, 8], 1), c: randomTensor([8], 2), u: randomTensor([8, 3], 3) };
    const flat = node('Flatten', ['image'], 'f');
    await agree(encode({ nodes: [flat, ...nodes('f')], constants, outputs: ['final'] }));
    const vector = await agree(
      encode({ nodes: nodes('image'), constants, input: [0, 36], outputs: ['final'] }),
    );
    expect(vector.input).toEqual([36, 1, 1]);
  });

  test('Softmax, Identity, Cast and Dropout behind the classes are dropped', async () => {
    const nodes = [
      node('Flatten', ['ra'], 'f'),
      node('Gemm', ['f', 'v'], 'logits'),
      node('Identity', ['logits'], 'same'),
      node('Cast', ['same'], 'cast', { to: 1 }),
      node('Softmax', ['cast'], 'final', { axis: 1 }),
    ];
    const network = await agree(tail(nodes, { v: randomTensor([45, 3], 3) }));
    expect(network.layers[1]?.tensor).toBe('logits');
  });

  test('constants: float_data, Constant nodes, Identity, scalars worked out in the graph', async () => {
    const values = [0.5, -1, 2, 0.25];
    const network = await agree(
      around(
        [
          node('Constant', [], 'λ', { value: { tensor: f32([], [2]) } }),
          node('Constant', [], 'L', { value_float: { float: 4 } }),
          node('Div', ['λ', 'L'], 'step'),
          node('Identity', ['bias'], 'k'),
          node('Add', ['conv', 'k'], 'sum'),
          node('Div', ['sum', 'step'], 'd'),
          node('Round', ['d'], 'r'),
          node('Constant', [], 'zero', { value_int: 0 }),
          node('Cast', ['zero'], 'low', { to: 1 }),
          node('Clip', ['r', 'low', 'L'], 'q'),
          node('Mul', ['q', 'step'], 'h'),
        ],
        { bias: { dims: [4, 1, 1], type: 1, floats: values } },
      ),
    );
    expect(network.layers[0]?.activation).toEqual({ kind: 'qcfs', levels: 4, ceiling: 2 });
  });
});

describe('exits', () => {
  const classifier = (from: string, name: string) => [
    node('GlobalAveragePool', [from], `${name}.pool`),
    node('Flatten', [`${name}.pool`], `${name}.flat`),
    node('Gemm', [`${name}.flat`, `${name}.w`], name),
  ];
  const step = (from: string, name: string) => [
    node('Conv', [from, `${name}.w`], `${name}.conv`, { pads: [1, 1, 1, 1] }),
    node('Relu', [`${name}.conv`], name),
  ];
  const constants = {
    'one.w': randomTensor([4, 1, 3, 3], 1),
    'two.w': randomTensor([4, 4, 3, 3], 2),
    'three.w': randomTensor([4, 4, 3, 3], 3),
    'early.w': randomTensor([4, 3], 4),
    'middle.w': randomTensor([4, 3], 5),
    'final.w': randomTensor([4, 3], 6),
  };
  const trunk = [...step('image', 'one'), ...step('one', 'two'), ...step('two', 'three')];
  const heads = [
    ...classifier('three', 'final'),
    ...classifier('two', 'middle'),
    ...classifier('one', 'early'),
  ];

  test('a classifier stands directly behind the layer it reads, a tensor read twice is one layer', async () => {
    // Nodes in reverse: the file's order of nodes does not matter.
    const reversed = encode({
      nodes: [...trunk, ...heads].toReversed(),
      constants,
      outputs: ['early', 'middle', 'final'],
    });
    const { network } = openOnnx(reversed, 'test.onnx');
    expect(network.layers.map((l) => l.tensor)).toEqual(['one', 'early', 'two', 'middle', 'three', 'final']);
    expect(network.exits).toEqual([1, 3, 5]);
    await agree(encode({ nodes: [...trunk, ...heads], constants, outputs: ['early', 'middle', 'final'] }));
  });

  test('an exit behind which nothing follows is refused', () => {
    const nodes = [...trunk, ...classifier('three', 'early'), ...classifier('three', 'final')];
    const bytes = encode({ nodes, constants, outputs: ['early', 'final'] });
    expect(() => openOnnx(bytes, 'test.onnx')).toThrow('nothing follows output "early"');
  });

  test('the order of the outputs is the order of the exits, so a late one first is refused', () => {
    const bytes = encode({ nodes: [...trunk, ...heads], constants, outputs: ['final', 'early'] });
    expect(() => openOnnx(bytes, 'test.onnx')).toThrow(
      'test.onnx: output "early" is earlier in the network than "final"; export the earliest exit first',
    );
  });
});

describe.each(['mnist', 'mnist-relu', 'mnist-single'])('the shipped %s.onnx', (name) => {
  test('agrees with ONNX Runtime', async () => {
    const bytes = readFileSync(new URL(`../../../models/${name}.onnx`, import.meta.url));
    // A sum within float error of a step may fall to its other side.
    const network = await agree(bytes, { exits: 0.2, flips: 1e-3 });
    expect(network.exits).toHaveLength(2);
  });
});
