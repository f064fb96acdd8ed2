/** Graphs that are small in their file and large, deep or endless in memory. */
import * as L from '../../tools/limits.ts';
import { encode, type ModelSpec, type NodeSpec, type TensorSpec } from '../import/onnx/encode.ts';

export const ones = (...dims: number[]): TensorSpec => {
  return { dims, type: 1, floats: new Array(dims.reduce((a, b) => a * b, 1)).fill(1) as number[] };
};
export const int64 = (...ints: number[]): TensorSpec => ({ dims: [ints.length], type: 7, ints });
export const node = (
  op: string,
  inputs: string[],
  output: string,
  more: Partial<NodeSpec> = {},
): NodeSpec => {
  return { op, inputs, outputs: [output], ...more };
};
const repeat = (n: number, of: (i: number) => NodeSpec[]): NodeSpec[] =>
  Array.from({ length: n }, (_, i) => of(i)).flat();

/** Flatten, a dense layer of 4 neurons `r`, then what is given, then the classifier of `last`. */
export function around(nodes: NodeSpec[], last: string, more: Partial<ModelSpec> = {}): Uint8Array {
  const before = [node('Flatten', ['image'], 'f'), node('Gemm', ['f', 'w0'], 'h'), node('Relu', ['h'], 'r')];
  return encode({
    nodes: [...before, ...nodes, node('Gemm', [last, 'w1'], 'out')],
    outputs: ['out'],
    ...more,
    constants: { w0: ones(36, 4), w1: ones(4, 3), ww: ones(4, 4), ...more.constants },
  });
}

/** A convolution of one channel, then what is given of its output `y0`, then the classifier. */
function map(nodes: NodeSpec[], last: string, constants: Record<string, TensorSpec> = {}): Uint8Array {
  return encode({
    nodes: [
      node('Conv', ['image', 'k'], 'z0'),
      node('Relu', ['z0'], 'y0'),
      ...nodes,
      node('Flatten', [last], 'f'),
      node('Gemm', ['f', 'w'], 'out'),
    ],
    constants: { k: ones(1, 1, 1, 1), w: ones(36, 3), b: ones(1), ...constants },
    outputs: ['out'],
  });
}

const filled = (...dims: number[]): Uint8Array =>
  encode({
    nodes: [
      node('ConstantOfShape', ['s'], 'c'),
      node('Flatten', ['image'], 'f'),
      node('Gemm', ['f', 'c'], 'out'),
    ],
    constants: { s: int64(...dims) },
    outputs: ['out'],
  });

const sliced = (step: number): Uint8Array =>
  around([node('Slice', ['w1', 's', 'e', 'a', 'st'], 'c'), node('Gemm', ['r', 'c'], 'q')], 'q', {
    constants: { s: int64(0), e: int64(4), a: int64(0), st: { dims: [1], type: 1, floats: [step] } },
  });

const shared = (n: number): NodeSpec[] =>
  repeat(n, (i) => [
    node('Gemm', [i === 0 ? 'b0' : `y${i}`, 'w'], `z${i}`),
    node('Relu', [`z${i}`], `y${i + 1}`),
  ]);

/** Name, graph, and what the refusal says, where that is of interest. */
export const CASES: [string, () => Uint8Array, RegExp | undefined][] = [
  [
    's = s + s thirty times, of two layers',
    () =>
      around(
        [
          node('Gemm', ['r', 'ww'], 'h2'),
          node('Relu', ['h2'], 'r2'),
          node('Add', ['r', 'r2'], 's0'),
          ...repeat(30, (i) => [node('Add', [`s${i}`, `s${i}`], `s${i + 1}`)]),
          node('Relu', ['s30'], 'q'),
        ],
        'q',
      ),
    new RegExp(`more than ${L.MOST_BRANCHES} branches`),
  ],
  [
    'c = concat(c, c) thirty times',
    () =>
      around(
        [
          node('ConstantOfShape', ['s'], 'c0'),
          ...repeat(30, (i) => [
            node('Concat', [`c${i}`, `c${i}`], `c${i + 1}`, { attributes: { axis: 0 } }),
          ]),
          node('Gemm', ['r', 'c30'], 'q'),
        ],
        'q',
        { constants: { s: int64(4) } },
      ),
    undefined,
  ],
  [
    'a constant of 2^28 values',
    () => filled(2 ** 28),
    new RegExp(`more than ${L.MOST_FILLED} values of shape`),
  ],
  [
    'a constant of 2^40 values',
    () => filled(2 ** 20, 2 ** 20),
    new RegExp(`more than ${L.MOST_FILLED} values of shape`),
  ],
  ['a constant of −5 values', () => filled(-5), /shape -5 is none/],
  ['a constant of −2 by −8 values', () => filled(-2, -8), /shape -2x-8 is none/],
  [
    'weights of negative shape',
    () => around([], 'r', { constants: { w1: { dims: [-4, -3], type: 1, floats: new Array(12).fill(1) } } }),
    /shape -4x-3 is negative/,
  ],
  ['a slice by half steps', () => sliced(0.5), undefined],
  ['a slice by no steps at all', () => sliced(Number.NaN), undefined],
  [
    'a dimension more, three thousand times',
    () =>
      around(
        [
          ...repeat(3000, (i) => [node('Unsqueeze', [i === 0 ? 'w1' : `u${i}`, 'axes'], `u${i + 1}`)]),
          node('Gemm', ['r', 'u3000'], 'q'),
        ],
        'q',
        { constants: { axes: int64(...Array.from({ length: 64 }, (_, i) => i)) } },
      ),
    undefined,
  ],
  [
    'five thousand pools behind one another',
    () =>
      map(
        repeat(5000, (i) => [
          node('AveragePool', [`y${i}`], `y${i + 1}`, {
            attributes: { kernel_shape: [1, 1], strides: [1, 1] },
          }),
        ]),
        'y5000',
      ),
    new RegExp(`more than ${L.MOST_DEPTH} layers behind one another`),
  ],
  [
    'five thousand activations behind one another',
    () =>
      map(
        repeat(5000, (i) => [node('Relu', [`y${i}`], `y${i + 1}`)]),
        'y5000',
      ),
    new RegExp(`more than ${L.MOST_ELEMENTWISE} operators`),
  ],
  [
    'two hundred batch normalizations behind one another',
    () =>
      map(
        [
          ...repeat(200, (i) => [node('BatchNormalization', [`y${i}`, 'b', 'b', 'b', 'b'], `y${i + 1}`)]),
          node('Conv', ['y200', 'k'], 'z'),
          node('Relu', ['z'], 'q'),
        ],
        'q',
      ),
    new RegExp(`more than ${L.MOST_SCALES} scales`),
  ],
  [
    'more nodes than are walked',
    () =>
      map(
        repeat(L.MOST_NODES, (i) => [node('Identity', [`y${i}`], `y${i + 1}`)]),
        `y${L.MOST_NODES}`,
      ),
    new RegExp(`at most ${L.MOST_NODES} are supported`),
  ],
  ...[2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 40].map((batch): (typeof CASES)[0] => [
    `a batch of ${batch}`,
    () => around([], 'r', { input: [batch, 1, 6, 6] }),
    new RegExp(`more than ${L.MOST_BATCH_VALUES} values; export with a dynamic batch`),
  ]),
  [
    'two hundred layers that share a million weights',
    () =>
      encode({
        nodes: [
          node('Flatten', ['image'], 'f'),
          node('Gemm', ['f', 'wa'], 'a'),
          node('Relu', ['a'], 'b0'),
          ...shared(200),
          node('Gemm', ['y200', 'wb'], 'out'),
        ],
        constants: {
          wa: ones(36, 1000),
          w: { dims: [1000, 1000], type: 1, raw: new Uint8Array(4e6) },
          wb: ones(1000, 3),
        },
        outputs: ['out'],
      }),
    new RegExp(`more than ${L.MOST_SHARED_WEIGHTS} beyond those in the file`),
  ],
  [
    'pads far wider than the kernel',
    () =>
      encode({
        nodes: [
          node('Conv', ['image', 'k'], 'z', { attributes: { pads: [250, 250, 250, 250] } }),
          node('Relu', ['z'], 'y'),
          node('GlobalAveragePool', ['y'], 'g'),
          node('Flatten', ['g'], 'f'),
          node('Gemm', ['f', 'w'], 'out'),
        ],
        constants: { k: ones(512, 1, 1, 1), w: ones(512, 3) },
        outputs: ['out'],
      }),
    new RegExp(`more than ${L.MOST_SHARED_WEIGHTS} beyond those in the file`),
  ],
];

/** Field `id` of a protocol buffer, with this content. */
function field(id: number, content: Uint8Array): Uint8Array {
  const head = [(id << 3) | 2];
  let rest = content.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128);
  return Buffer.concat([Uint8Array.from([...head, rest]), content]);
}

const pairs = (first: number, second: number): Uint8Array =>
  new Uint8Array(4_000_000).map((_, i) => (i % 2 === 0 ? first : second));

/** Files whose messages would fill the memory once they are decoded. */
export const FLOODS: [string, Uint8Array][] = [
  ['nodes', field(7, pairs(0x0a, 0))],
  ['attributes', field(7, field(1, pairs(0x2a, 0)))],
  ['inputs', field(7, field(1, pairs(0x0a, 0)))],
  ['opsets', pairs(0x42, 0)],
  ['numbers one behind the other', field(7, field(5, field(7, new Uint8Array(4_000_000))))],
  ['dimensions one by one', field(7, field(5, pairs(0x08, 1)))],
];
