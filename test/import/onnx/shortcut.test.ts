/** Skips by slicing and padding, and pads before pools: each graph computes what ONNX Runtime makes of it. */
import { describe, expect, test } from 'vitest';
import { openOnnx } from '../../../tools/import/onnx/open.ts';
import { agree } from './agree.ts';
import type { ModelSpec, NodeSpec, TensorSpec } from './encode.ts';
import { around, f32, i64, node, randomTensor } from './models.ts';

/** conv → ReLU "r" [4, 6, 6] → a block of 8 channels and stride 2, whose skip is `skip` and ends in "s" → "h". */
function block(
  skip: NodeSpec[],
  constants: Record<string, TensorSpec> = {},
  more: Partial<ModelSpec> = {},
): Uint8Array {
  const nodes = [
    node('Relu', ['conv'], 'r'),
    node('Conv', ['r', 'k'], 'y', { pads: [1, 1, 1, 1], strides: [2, 2] }),
    ...skip,
    node('Add', ['y', 's'], 'sum'),
    node('Relu', ['sum'], 'h'),
  ];
  return around(nodes, { k: randomTensor([8, 4, 3, 3], 5), v: randomTensor([3, 8], 3), ...constants }, more);
}

const END = 2 ** 53 - 1;
const channels = i64([0, 2, 0, 0, 0, 2, 0, 0]);

describe('a skip by slicing and padding', () => {
  test.each<[string, NodeSpec[], Record<string, TensorSpec>, Partial<ModelSpec>?]>([
    [
      'two slices and a Pad, as x[:, :, ::2, ::2] is exported',
      [
        node('Slice', ['r', 'i0', 'end', 'i2', 'i2'], 'a'),
        node('Slice', ['a', 'i0', 'end', 'i3', 'i2'], 'b9'),
        node('Pad', ['b9', 'p', 'zero'], 's'),
      ],
      { i0: i64([0]), i2: i64([2]), i3: i64([3]), end: i64([END]), p: channels, zero: f32([], [0]) },
    ],
    [
      'one slice of both, axes from behind, whole ones of the others',
      [
        node('Slice', ['r', 'i00', 'ends', 'whole'], 'w9'),
        node('Slice', ['w9', 'i00', 'ends', 'axes', 'steps'], 'a'),
        node('Pad', ['a', 'p'], 's'),
      ],
      {
        i00: i64([0, 0]),
        ends: i64([END, END]),
        whole: i64([0, 1]),
        axes: i64([-2, -1]),
        steps: i64([2, 2]),
        p: channels,
      },
    ],
    [
      'the Pad first, lopsided, and the odd rows and columns',
      [node('Pad', ['r', 'p'], 'a'), node('Slice', ['a', 'from', 'ends', 'axes', 'steps'], 's')],
      {
        from: i64([1, 1]),
        ends: i64([6, END]),
        axes: i64([2, 3]),
        steps: i64([2, 2]),
        p: i64([0, 3, 0, 0, 0, 1, 0, 0]),
      },
    ],
    [
      'slices of slices, counted from behind',
      [
        node('Slice', ['r', 'a0', 'a1', 'axes'], 'a'),
        node('Slice', ['a', 'b0', 'b1', 'axes', 'steps'], 'b9'),
        node('Pad', ['b9', 'p'], 's'),
      ],
      {
        a0: i64([-6, 1]),
        a1: i64([END, END]),
        b0: i64([0, 0]),
        b1: i64([-1, END]),
        axes: i64([2, 3]),
        steps: i64([2, 2]),
        p: channels,
      },
    ],
    [
      'an average pool of one pixel and a Pad with named axes',
      [
        node('AveragePool', ['r'], 'a', { kernel_shape: [1, 1], strides: [2, 2] }),
        node('Pad', ['a', 'p', '', 'axes'], 's'),
      ],
      { p: i64([2, 2]), axes: i64([1]) },
      { opset: 18 },
    ],
  ])('%s', async (_, skip, constants, more = {}) => {
    await agree(block(skip, constants, more));
  });

  test.each<[string, NodeSpec[], Record<string, TensorSpec>, string]>([
    [
      'channels',
      [node('Slice', ['r', 'i0', 'i2', 'i1'], 'a'), node('Pad', ['a', 'p'], 's')],
      { i0: i64([0]), i1: i64([1]), i2: i64([2]), p: channels },
      'node "a" (Slice): only slices forward, by rows and columns, are supported in a skip; use a 1x1 convolution',
    ],
    [
      'ones',
      [node('Pad', ['r', 'p', 'one'], 's')],
      { p: channels, one: f32([], [1]) },
      'node "s" (Pad): pads with 1; pad with zeros',
    ],
    [
      'nothing left',
      [node('Slice', ['r', 'nine', 'end', 'i2'], 'a'), node('Pad', ['a', 'p'], 's')],
      { nine: i64([9]), end: i64([END]), i2: i64([2]), p: channels },
      'node "a" (Slice): its slice is empty',
    ],
  ])('refused: %s', (_, skip, constants, message) => {
    expect(() => openOnnx(block(skip, constants), 'net.onnx')).toThrow(`net.onnx: ${message}`);
  });
});

describe('a Pad before a pool', () => {
  const p = i64([0, 0, 1, 0, 0, 0, 0, 1]);
  const window = { kernel_shape: [3, 3], strides: [2, 2] };
  test.each<[string, NodeSpec[]]>([
    [
      'average',
      [node('Relu', ['conv'], 'r'), node('Pad', ['r', 'p'], 'a'), node('AveragePool', ['a'], 'h', window)],
    ],
    [
      'average with pads that count',
      [
        node('Relu', ['conv'], 'r'),
        node('Pad', ['r', 'p'], 'a'),
        node('AveragePool', ['a'], 'h', { ...window, pads: [1, 1, 1, 1], count_include_pad: 1 }),
      ],
    ],
    ['max', [node('Relu', ['conv'], 'r'), node('Pad', ['r', 'p'], 'a'), node('MaxPool', ['a'], 'h', window)]],
    [
      'max before the activation',
      [node('Pad', ['conv', 'p'], 'a'), node('MaxPool', ['a'], 'm', window), node('Relu', ['m'], 'h')],
    ],
    [
      'ceil_mode that changes nothing',
      [
        node('Relu', ['conv'], 'r'),
        node('AveragePool', ['r'], 'h', { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
      ],
    ],
  ])('%s', async (_, between) => {
    await agree(around(between, { p }));
  });

  test('a value before opset 11 is seen', () => {
    const between = [
      node('Relu', ['conv'], 'r'),
      node('Pad', ['r'], 'a', { pads: [0, 0, 1, 1, 0, 0, 1, 1], value: { float: 1 } }),
      node('AveragePool', ['a'], 'h', window),
    ];
    expect(() => openOnnx(around(between, {}, { opset: 10 }), 'n')).toThrow(
      'n: node "a" (Pad): pads with 1; pad with zeros',
    );
  });
});
