import { describe, expect, test } from 'vitest';
import { EXIT_MODEL } from '../../../assembly/shared/status.ts';
import { openOnnx } from '../../../tools/import/onnx/open.ts';
import { Failure } from '../../../tools/terminal/failure.ts';
import { encode, type ModelSpec, type NodeSpec, type TensorSpec } from './encode.ts';
import { around, batchNorm, batchNormConstants, f32, i64, node, randomTensor } from './models.ts';

function refusal(bytes: Uint8Array): string {
  try {
    openOnnx(bytes, 'net.onnx');
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).code).toBe(EXIT_MODEL);
    return (error as Failure).message;
  }
  throw new Error('was accepted');
}

const relu = node('Relu', ['conv'], 'h');
const good = around([relu]);

/** The network of `around`, with one part of its first convolution replaced. */
function conv(attributes: NodeSpec['attributes'], weights: TensorSpec = randomTensor([4, 1, 3, 3], 1)) {
  return around(
    [relu],
    { w: weights },
    {
      nodes: [
        { ...node('Conv', ['image', 'w', 'b'], 'conv', attributes), name: 'Conv_3' },
        relu,
        node('GlobalAveragePool', ['h'], 'pool'),
        node('Flatten', ['pool'], 'flat'),
        node('Gemm', ['flat', 'v', 'c'], 'final', { transB: 1 }),
      ],
    },
  );
}

/** image → Flatten or what is given → "f" → Gemm → "final". */
function dense(nodes: NodeSpec[], constants: ModelSpec['constants'] = {}, gemm: NodeSpec['attributes'] = {}) {
  return encode({
    nodes: [...nodes, node('Gemm', ['f', 'v'], 'final', gemm)],
    constants: { v: randomTensor([36, 3], 1), ...constants },
    outputs: ['final'],
  });
}

const flatten = node('Flatten', ['image'], 'f');

describe('the file', () => {
  test.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(0), 'net.onnx: no graph inside; is this an ONNX file?'],
    ['text', new TextEncoder().encode('<!doctype html><html>'), 'net.onnx: not an ONNX file, or cut short'],
    ['cut short', good.subarray(0, good.length - 40), 'net.onnx: not an ONNX file, or cut short'],
    [
      'no outputs',
      around([relu], {}, { outputs: [] }),
      'net.onnx: no outputs; export the classifiers as outputs',
    ],
    [
      'five outputs',
      around([relu], {}, { outputs: ['final', 'flat', 'pool', 'h', 'conv'] }),
      'net.onnx: 5 outputs; at most 4 exits are supported',
    ],
    [
      'two inputs',
      around([relu], {}, { moreInputs: ['mask'] }),
      'net.onnx: 2 inputs ("image", "mask"); export the image alone, weights in the file',
    ],
    [
      'open height',
      around([relu], {}, { input: [0, 1, 0, 6] }),
      'net.onnx: input "image": open height; export with only the batch dimension dynamic',
    ],
    ['five axes', around([relu], {}, { input: [0, 1, 6, 6, 6] }), 'net.onnx: input "image" has 5 dimensions'],
    [
      'bytes in',
      around([relu], {}, { inputType: 2 }),
      'net.onnx: input "image": data type 2; export a network',
    ],
    [
      'the image as output',
      around([relu], {}, { outputs: ['image'] }),
      'net.onnx: output "image" is the image',
    ],
    [
      'an output twice',
      around([relu], {}, { outputs: ['final', 'final'] }),
      'net.onnx: output "final" is there twice',
    ],
  ])('%s', (_, bytes, message) => {
    expect(refusal(bytes)).toContain(message);
  });
});

describe('the graph', () => {
  test.each<[string, Uint8Array, string]>([
    [
      'a loop',
      around([node('Add', ['conv', 'h'], 's'), node('Relu', ['s'], 'h')]),
      'depends on its own output; only feed-forward networks are supported',
    ],
    [
      'a loop of nodes that pass on',
      around([node('Identity', ['i'], 'h'), node('Identity', ['h'], 'i')]),
      'depends on its own output',
    ],
    [
      'a missing initializer',
      around([node('Add', ['conv', 'gone'], 'h')]),
      'net.onnx: node "h" (Add): input "gone" is missing in the file; export again with all weights',
    ],
    [
      'a node without inputs',
      around([node('Relu', [], 'h')]),
      'net.onnx: node "h" (Relu): has no input; the file is damaged, or not a network on images',
    ],
    [
      'control characters in a name',
      around([node('Add', ['conv', 'a\n\u001b[2J'], 'h')]),
      'net.onnx: node "h" (Add): input "a??[2J" is missing',
    ],
    [
      'a tensor made twice',
      around([relu, node('Relu', ['conv'], 'h')]),
      'net.onnx: node "h" (Relu): its output "h" has two sources; the file is damaged, export again',
    ],
    [
      'an output that nothing makes',
      around([relu], {}, { outputs: ['nothing'] }),
      'net.onnx: output "nothing": no node computes it from the image; export the network again',
    ],
    [
      'a constant as output',
      around([relu], {}, { outputs: ['v'] }),
      'net.onnx: output "v": no node computes it from the image; export the network again',
    ],
    [
      'a product of two layers',
      around(
        [
          node('Relu', ['conv'], 'r'),
          node('Conv', ['r', 'w2'], 'conv2', { pads: [1, 1, 1, 1] }),
          node('Mul', ['r', 'conv2'], 'product'),
          node('Relu', ['product'], 'h'),
        ],
        { w2: randomTensor([4, 4, 3, 3], 9) },
      ),
      'net.onnx: node "product" (Mul): operators on two layers are not supported; branches may only join in a sum',
    ],
    [
      'a sum of two shapes',
      around(
        [
          node('Relu', ['conv'], 'r'),
          node('Conv', ['r', 'w2'], 'conv2', { pads: [1, 1, 1, 1], strides: [2, 2] }),
          node('Add', ['r', 'conv2'], 'sum'),
          node('Relu', ['sum'], 'h'),
        ],
        { w2: randomTensor([4, 4, 3, 3], 9) },
      ),
      'sums 4x3x3 and 4x6x6; only equal shapes add up',
    ],
    [
      'the image in a sum',
      around([node('Add', ['image', 'conv'], 'sum'), node('Relu', ['sum'], 'h')]),
      'net.onnx: node "sum" (Add): adds the image itself; put a convolution between',
    ],
    [
      'no activation',
      around([node('Identity', ['conv'], 'h')]),
      'net.onnx: node "conv" (Conv): no activation after it; add a ReLU or QCFS',
    ],
    [
      'an activation on an output',
      around([relu, node('Relu', ['final'], 'out')], {}, { outputs: ['out'] }),
      'net.onnx: node "out" (Relu): comes after the classes; export the logits',
    ],
    [
      'a map as output',
      around([relu], {}, { outputs: ['conv'] }),
      'net.onnx: output "conv": it is a map of 6x6; export the classes of a dense layer',
    ],
    [
      'a hidden layer as output',
      around([relu], {}, { outputs: ['h', 'final'] }),
      'net.onnx: node "h" (Relu): comes after the classes; export the logits',
    ],
    [
      'a layer after the logits',
      encode({
        nodes: [flatten, node('Gemm', ['f', 'v'], 'early'), node('Gemm', ['early', 'u'], 'final')],
        constants: { v: randomTensor([36, 3], 1), u: randomTensor([3, 3], 2) },
        outputs: ['early', 'final'],
      }),
      'net.onnx: node "final" (Gemm): reads the logits of an exit; read a hidden layer instead',
    ],
  ])('%s', (_, bytes, message) => {
    expect(refusal(bytes)).toContain(message);
  });
});

describe('operators', () => {
  test.each<[string, Uint8Array, string]>([
    [
      'unknown',
      around([node('Conv', ['conv', 'k'], 'x'), node('Foo', ['x'], 'h')], {
        k: randomTensor([4, 4, 1, 1], 1),
      }),
      'net.onnx: node "h" (Foo, opset 17): operator not supported here; supported are Conv, Gemm',
    ],
    [
      'of another domain',
      around([{ ...relu, domain: 'com.example' }]),
      'net.onnx: node "h" (com.example.Relu, opset 17): operator not supported here',
    ],
    [
      'LpPool',
      around(
        [relu, node('LpPool', ['h'], 'm', { kernel_shape: [2, 2] }), node('Conv', ['m', 'k'], 'x')],
        {},
        {
          outputs: ['x'],
          constants: {
            k: randomTensor([3, 4, 3, 3], 1),
            w: randomTensor([4, 1, 3, 3], 1),
            b: randomTensor([4], 1),
            v: randomTensor([3, 4], 1),
            c: randomTensor([3], 1),
          },
        },
      ),
      'net.onnx: node "m" (LpPool, opset 17): operator not supported here; supported are Conv, Gemm',
    ],
    [
      'Elu',
      around([node('Elu', ['conv'], 'h')]),
      'net.onnx: node "h" (Elu, opset 17): operator not supported here; train with ReLU, LeakyReLU or QCFS',
    ],
    [
      'dilations',
      conv({ dilations: [2, 2] }),
      'net.onnx: node "Conv_3" (Conv): dilations 2,2 are not supported; retrain with dilation 1',
    ],
    ['groups', conv({ group: 3 }), 'net.onnx: node "Conv_3" (Conv): group 3 does not divide its 4 outputs'],
    [
      'auto_pad',
      conv({ auto_pad: 'FULL' }),
      'net.onnx: node "Conv_3" (Conv): auto_pad FULL is unknown; export with explicit pads',
    ],
    [
      'negative pads',
      conv({ pads: [0, 0, -1, 0] }),
      'net.onnx: node "Conv_3" (Conv): pads 0,0,-1,0 are not supported',
    ],
    [
      'strides that are no list',
      conv({ strides: 2 }),
      'net.onnx: node "Conv_3" (Conv): strides is not a list of numbers',
    ],
    ['stride 0', conv({ strides: [0, 1] }), 'net.onnx: node "Conv_3" (Conv): strides 0,1 are not supported'],
    [
      '1-D convolution',
      conv({}, randomTensor([4, 1, 3], 1)),
      'net.onnx: node "Conv_3" (Conv): 1-D convolution; only 2-D is supported',
    ],
    [
      'too large a kernel',
      conv({}, randomTensor([4, 1, 9, 3], 1)),
      'net.onnx: node "Conv_3" (Conv): kernel 9x3 does not fit its 6x6 source',
    ],
    [
      'channels that do not fit',
      conv({}, randomTensor([4, 2, 3, 3], 1)),
      'net.onnx: node "Conv_3" (Conv): 2 input channels, its source has 1',
    ],
    [
      'biases that do not fit',
      conv({}, randomTensor([5, 1, 3, 3], 1)),
      'net.onnx: node "Conv_3" (Conv): 4 biases for 5 outputs',
    ],
    [
      'features that do not fit',
      dense([flatten], { v: randomTensor([35, 3], 1) }),
      'net.onnx: node "final" (Gemm): 35 inputs, its source has 36',
    ],
    [
      'alpha',
      dense([flatten], {}, { alpha: { float: 0.5 } }),
      'net.onnx: node "final" (Gemm): alpha 0.5 is not supported, only 1',
    ],
    [
      'Flatten from axis 2',
      dense([node('Flatten', ['image'], 'f', { axis: 2 })]),
      'net.onnx: node "f" (Flatten): axis 2 is not supported; flatten from axis 1',
    ],
    [
      'Reshape to three axes',
      dense([node('Reshape', ['image', 's'], 'f')], { s: i64([0, 6, -1]) }),
      'net.onnx: node "f" (Reshape): to [0, 6, -1] is not supported; flatten to [N, -1]',
    ],
    [
      'mean over channels',
      dense([node('ReduceMean', ['image'], 'f', { axes: [1, 2] })]),
      'net.onnx: node "f" (ReduceMean): axes 1,2: only the mean over height and width is supported; use axes 2,3',
    ],
    [
      'the pooled image',
      dense([node('GlobalAveragePool', ['image'], 'f')], { v: randomTensor([1, 3], 1) }),
      'net.onnx: node "final" (Gemm): reads the pooled image',
    ],
    [
      'a pool before a convolution',
      around(
        [
          node('Relu', ['conv'], 'r'),
          node('GlobalAveragePool', ['r'], 'g'),
          node('Conv', ['g', 'k'], 'x', { pads: [1, 1, 1, 1] }),
          node('Relu', ['x'], 'h'),
        ],
        { k: randomTensor([4, 4, 3, 3], 1) },
      ),
      'net.onnx: node "g" (GlobalAveragePool): must stand directly before a dense layer',
    ],
    [
      'a constant per column',
      around(
        [node('Add', ['conv', 'k'], 's'), node('Relu', ['s'], 'h')],
        { k: randomTensor([4], 1) },
        { input: [0, 1, 4, 4] },
      ),
      'net.onnx: node "s" (Add): adds a constant of shape 4; only 4x1x1, one per channel, is supported',
    ],
    [
      'batch normalization before a padded convolution',
      around(
        [
          node('Relu', ['conv'], 'r'),
          batchNorm('r', 'n'),
          { ...node('Conv', ['n', 'k'], 'k2', { pads: [1, 1, 1, 1] }), name: 'next' },
          node('Relu', ['k2'], 'h'),
        ],
        { k: randomTensor([4, 4, 3, 3], 5), ...batchNormConstants('n', 4) },
      ),
      'net.onnx: node "n" (BatchNormalization): comes before the padded "next", whose zeros it does not shift',
    ],
    [
      'an average pool of the image',
      around(
        [relu],
        { w: randomTensor([4, 1, 3, 3], 1) },
        {
          nodes: [
            node('AveragePool', ['image'], 'a', { kernel_shape: [2, 2] }),
            node('Conv', ['a', 'w'], 'conv'),
            relu,
            node('Flatten', ['h'], 'flat'),
            node('Gemm', ['flat', 'v'], 'final', { transB: 1 }),
          ],
        },
      ),
      'net.onnx: node "a" (AveragePool): pools the image itself',
    ],
    [
      'batch normalization in training mode',
      around(
        [{ ...batchNorm('conv', 'n'), attributes: { training_mode: 1 } }, node('Relu', ['n'], 'h')],
        batchNormConstants('n', 4),
      ),
      'net.onnx: node "n" (BatchNormalization): exported in training mode; call eval() before the export',
    ],
    [
      'batch normalization of other channels',
      around([batchNorm('conv', 'n'), node('Relu', ['n'], 'h')], batchNormConstants('n', 5)),
      'net.onnx: node "n" (BatchNormalization): 5 channels where its layer has 4',
    ],
    [
      'a negative variance',
      around([batchNorm('conv', 'n'), node('Relu', ['n'], 'h')], {
        ...batchNormConstants('n', 4),
        'n.v': f32([4], [1, -1, 1, 1]),
      }),
      'net.onnx: node "n" (BatchNormalization): variance -1 of channel 1 is negative or zero; train again',
    ],
  ])('%s', (_, bytes, message) => {
    expect(refusal(bytes)).toContain(message);
  });
});

describe('weights', () => {
  const nine = (value: number) =>
    f32(
      [4, 1, 3, 3],
      Array.from({ length: 36 }, (_, i) => (i === 7 ? value : 1)),
    );
  const bytes = (type: number, size: number): TensorSpec => ({
    dims: [4, 1, 3, 3],
    type,
    raw: new Uint8Array(36 * size),
  });
  test.each<[string, TensorSpec, string]>([
    [
      'NaN',
      nine(Number.NaN),
      'net.onnx: tensor "w" (weights of node "Conv_3", Conv): value 7 is NaN; train again',
    ],
    [
      'infinite',
      nine(Number.NEGATIVE_INFINITY),
      'net.onnx: tensor "w" (weights of node "Conv_3", Conv): value 7 is -Infinity',
    ],
    ['one infinite weight', f32([1, 1, 1, 1], [Number.POSITIVE_INFINITY]), 'value 0 is Infinity'],
    [
      'double',
      bytes(11, 8),
      'net.onnx: node "Conv_3" (Conv): its weights ("w") are double; export again in float32',
    ],
    ['float16', bytes(10, 2), 'net.onnx: tensor "w": type float16 is not supported; export again in float32'],
    [
      'int64',
      bytes(7, 8),
      'net.onnx: node "Conv_3" (Conv): its weights ("w") are int; export again in float32',
    ],
    ['int8', bytes(3, 1), 'net.onnx: tensor "w": type int8 is not supported; export again in float32'],
    [
      'outside the file',
      { dims: [4, 1, 3, 3], type: 1, external: { location: 'w.bin' } },
      'net.onnx: weights in "w.bin" are not at hand; give the path of the .onnx file, with it beside',
    ],
    [
      'too few',
      { ...nine(1), dims: [4, 1, 3, 5] },
      'net.onnx: tensor "w": 36 values for shape 4x1x3x5; the file is damaged',
    ],
    [
      'half a number',
      { ...nine(1), raw: new Uint8Array(143) },
      'net.onnx: tensor "w": 35.75 values for shape 4x1x3x3',
    ],
  ])('%s', (_, weights, message) => {
    expect(refusal(conv({}, weights))).toContain(message);
  });

  test('computed', () => {
    const nodes = [node('Flatten', ['image'], 'f'), node('MatMul', ['f', 'f'], 'final')];
    expect(refusal(encode({ nodes, outputs: ['final'] }))).toContain(
      'net.onnx: node "final" (MatMul): its weights ("f") are computed, not constant; export with constant folding',
    );
  });
});
