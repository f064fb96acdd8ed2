import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recogniseActivation } from '../../../tools/import/onnx/activation.ts';
import { openOnnx } from '../../../tools/import/onnx/open.ts';
import { SCALAR } from '../../../tools/import/onnx/scalar.ts';
import type { Activation } from '../../../tools/network.ts';
import type { NodeSpec } from './encode.ts';
import { forward } from './forward.ts';
import { around, f32, node } from './models.ts';

/** Writes a chain of operators; a number is a constant of the file. */
function chain(steps: [op: string, ...inputs: (string | number)[]][]) {
  const constants: Record<string, ReturnType<typeof f32>> = {};
  const nodes: NodeSpec[] = steps.map(([op, ...inputs], k) => {
    const names = inputs.map((input, i) => {
      if (typeof input === 'string') return input;
      constants[`k${k}.${i}`] = f32([], [input]);
      return `k${k}.${i}`;
    });
    return node(op, names, k === steps.length - 1 ? 'h' : `s${k}`);
  });
  return { nodes, constants };
}

function activationOf({ nodes, constants }: ReturnType<typeof chain>, opset = 17): Activation | undefined {
  return openOnnx(around(nodes, constants, { opset }), 'test.onnx').network.layers[0]?.activation;
}

/** The ways in which exporters write h(x) = (λ/L)·clip(⌊x·L/λ + ½⌋, 0, L). */
const SPELLINGS: Record<string, (l: number, λ: number) => ReturnType<typeof chain>> = {
  'Bu et al.: x/λ, clamp, floor, ·λ': (l, λ) =>
    chain([
      ['Div', 'conv', λ],
      ['Clip', 's0', 0, 1],
      ['Mul', 's1', l],
      ['Add', 's2', 0.5],
      ['Floor', 's3'],
      ['Div', 's4', l],
      ['Mul', 's5', λ],
    ]),
  'fused: x/step + ½, floor, clip, ·step': (l, λ) =>
    chain([
      ['Div', 'conv', λ / l],
      ['Add', 's0', 0.5],
      ['Floor', 's1'],
      ['Clip', 's2', 0, l],
      ['Mul', 's3', λ / l],
    ]),
  'constants first, Min and Max for Clip': (l, λ) =>
    chain([
      ['Mul', l / λ, 'conv'],
      ['Add', 0.5, 's0'],
      ['Floor', 's1'],
      ['Max', 0, 's2'],
      ['Min', l, 's3'],
      ['Mul', λ / l, 's4'],
    ]),
  'Relu before Round': (l, λ) =>
    chain([
      ['Relu', 'conv'],
      ['Min', 's0', λ],
      ['Mul', 's1', l / λ],
      ['Round', 's2'],
      ['Mul', 's3', λ / l],
    ]),
  'clip before the shift': (l, λ) =>
    chain([
      ['Clip', 'conv', 0, λ],
      ['Mul', 's0', l / λ],
      ['Add', 's1', 0.5],
      ['Floor', 's2'],
      ['Identity', 's3'],
      ['Div', 's4', l / λ],
    ]),
  'Ceil and Sub': (l, λ) =>
    chain([
      ['Mul', 'conv', l / λ],
      ['Sub', 's0', 0.5],
      ['Ceil', 's1'],
      ['Clip', 's2', 0, l],
      ['Mul', 's3', λ / l],
    ]),
  'straight-through: x + (q − x)': (l, λ) =>
    chain([
      ['Clip', 'conv', 0, λ],
      ['Div', 's0', λ / l],
      ['Round', 's1'],
      ['Mul', 's2', λ / l],
      ['Sub', 's3', 's0'],
      ['Add', 's0', 's4'],
    ]),
};

const levels = fc.integer({ min: 1, max: 64 });
const ceilings = fc.double({ min: 0.02, max: 500, noNaN: true });

describe.each(Object.entries(SPELLINGS))('QCFS as %s', (_, spell) => {
  test('is recognised for any λ and L', () => {
    fc.assert(
      fc.property(levels, ceilings, (l, λ) => {
        const activation = activationOf(spell(l, λ));
        expect(activation).toMatchObject({ kind: 'qcfs', levels: l });
        if (activation?.kind === 'qcfs') expect(activation.ceiling / λ).toBeCloseTo(1, 5);
      }),
      { numRuns: 40 },
    );
  });

  test('computes what ONNX Runtime computes', async () => {
    const { nodes, constants } = spell(4, 0.7);
    const bytes = around(nodes, constants);
    const { network, openFloat } = openOnnx(bytes, 'test.onnx');
    const ann = await openFloat();
    const pixels = Float32Array.from({ length: 36 }, (_, i) => Math.abs(Math.sin(i * 1.7)));
    const { exits } = await ann.run(pixels, 1);
    await ann.close();
    const mine = forward(network, pixels)[1];
    mine?.forEach((v, i) => {
      expect(v).toBeCloseTo(exits[0]?.[i] as number, 4);
    });
  });
});

describe('clipped ReLU', () => {
  test.each([
    ['Relu6 as Clip', chain([['Clip', 'conv', 0, 6]])],
    [
      'Relu and Min',
      chain([
        ['Relu', 'conv'],
        ['Min', 's0', 6],
      ]),
    ],
    [
      'Min and Max of three',
      chain([
        ['Min', 9, 'conv', 6],
        ['Max', 0, 's0', -1],
      ]),
    ],
    [
      'Min and Relu around a scale',
      chain([
        ['Div', 'conv', 3],
        ['Clip', 's0', 0, 1],
        ['Mul', 's1', 6],
      ]),
    ],
  ])('%s', (_, spelled) => {
    expect(activationOf(spelled)).toEqual({ kind: 'clip', ceiling: 6 });
  });

  test('any ceiling', () => {
    fc.assert(
      fc.property(ceilings, (λ) => {
        expect(activationOf(chain([['Clip', 'conv', 0, λ]]))).toEqual({
          kind: 'clip',
          ceiling: Math.fround(λ),
        });
      }),
      { numRuns: 40 },
    );
  });

  test('bounds as attributes, before opset 11', () => {
    const bounds = { min: { float: 0 }, max: { float: 2.5 } };
    const spelled = { nodes: [node('Clip', ['conv'], 'h', bounds)], constants: {} };
    expect(activationOf(spelled, 10)).toEqual({ kind: 'clip', ceiling: 2.5 });
  });
});

test.each([
  ['Relu', chain([['Relu', 'conv']])],
  ['Max', chain([['Max', 'conv', 0]])],
  ['Clip without a ceiling', chain([['Clip', 'conv', 0]])],
  [
    'twice, scaled there and back',
    chain([
      ['Relu', 'conv'],
      ['Mul', 's0', 4],
      ['Relu', 's1'],
      ['Div', 's2', 4],
    ]),
  ],
])('ReLU as %s', (_, spelled) => {
  expect(activationOf(spelled)).toEqual({ kind: 'relu' });
});

test('the identity is the activation of a classifier', () => {
  expect(recogniseActivation((x) => x)).toEqual({ kind: 'none' });
  expect(recogniseActivation((x) => (x / 3) * 3)).toEqual({ kind: 'none' });
});

test.each([0.01, 0.1, 0.25])('LeakyReLU of slope %d, however it is spelled', (slope) => {
  expect(recogniseActivation((x) => Math.max(x, slope * x))).toMatchObject({ kind: 'leaky', slope });
});

describe('refused functions', () => {
  const levelsOf = (l: number) => (x: number) => Math.min(Math.max(Math.floor(x * l + 0.5), 0), l) / l;
  test.each<[string, (x: number) => number]>([
    ['scaled ReLU', (x) => 2 * Math.max(x, 0)],
    ['shifted ReLU', (x) => Math.max(x - 0.01, 0)],
    ['leaky ReLU with a slope above 1', (x) => Math.min(x, 2 * x)],
    ['leaky on the other side', (x) => (x > 0 ? 0.1 * x : x)],
    ['ReLU with an offset', (x) => Math.max(x, 0) + 0.1],
    ['clip with a floor', (x) => Math.min(Math.max(x, -1), 1)],
    ['endless steps', (x) => Math.max(Math.floor(x * 1000), 0) / 1000],
    ['QCFS without the ½', (x) => Math.min(Math.max(Math.floor(x * 4), 0), 4) / 4],
    ['QCFS with a scaled output', (x) => 1.1 * levelsOf(4)(x)],
    ['QCFS of 256 levels', levelsOf(256)],
    ['steps as fine as 1/1000', levelsOf(1000)],
    ['unequal steps', (x) => (x < 0.25 ? 0 : x < 0.7 ? 0.5 : 1)],
    ['a step missing', (x) => (x > 0.3 && x < 0.45 ? 0.75 : levelsOf(4)(x))],
    ['a bump within a step', (x) => (x > 0.15 && x < 0.2 ? 0.5 : levelsOf(4)(x))],
    ['constant', () => 1],
    ['zero', () => 0],
    ['NaN', () => Number.NaN],
    ['infinite', (x) => (x > 0 ? Number.POSITIVE_INFINITY : 0)],
    ['square', (x) => x * x],
    ['negative', (x) => Math.min(x, 0)],
  ])('%s', (_, f) => {
    expect(recogniseActivation(f)).toBeUndefined();
  });

  test('the message names every node', () => {
    const spelled = chain([
      ['Relu', 'conv'],
      ['Add', 's0', 2],
    ]);
    expect(() => activationOf(spelled)).toThrow(
      'test.onnx: node "s0" (Relu), "h" (Add): not ReLU, LeakyReLU, clipped ReLU or QCFS; train with one of these',
    );
  });
});

test('Round rounds halves to even, as ONNX does', () => {
  const round = (x: number) =>
    SCALAR.Round?.([x], { name: '', op: 'Round', inputs: [], outputs: [], attributes: new Map() });
  expect([-1.5, 0.5, 1.5, 2.5, 0.4, 0.6].map(round)).toEqual([-2, 0, 2, 2, 0, 1]);
});

test('a quantizer by Cast to integers is recognised', () => {
  const steps = chain([
    ['Mul', 'conv', 2],
    ['Add', 's0', 0.5],
    ['Clip', 's1', 0, 4.5],
  ]);
  const end = [node('Cast', ['s2'], 'int', { to: 7 }), node('Cast', ['int'], 'float', { to: 1 })];
  const nodes = steps.nodes.map((n) => (n.outputs[0] === 'h' ? { ...n, outputs: ['s2'] } : n));
  const scaled = node('Mul', ['float', 'half'], 'h');
  const spelled = {
    nodes: [...nodes, ...end, scaled],
    constants: { ...steps.constants, half: f32([], [0.5]) },
  };
  expect(activationOf(spelled)).toEqual({ kind: 'qcfs', levels: 4, ceiling: 2 });
});
