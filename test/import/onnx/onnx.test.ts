import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readOnnx, withOutputs } from '../../../tools/import/onnx/onnx.ts';
import { openOnnx } from '../../../tools/import/onnx/open.ts';
import { Failure } from '../../../tools/terminal/failure.ts';
import { around, f32, i64, node } from './models.ts';

const good = around([node('Relu', ['conv'], 'h')]);

describe('readOnnx', () => {
  test('gives nodes, constants, input and outputs', () => {
    const graph = readOnnx(good, 'net.onnx');
    expect(graph.opset).toBe(17);
    expect(graph.input).toEqual({ name: 'image', shape: [0, 1, 6, 6] });
    expect(graph.outputs).toEqual(['final']);
    expect(graph.nodes[0]).toMatchObject({
      name: 'conv',
      op: 'Conv',
      inputs: ['image', 'w', 'b'],
      outputs: ['conv'],
    });
    expect(graph.nodes[0]?.attributes.get('pads')).toEqual([1, 1, 1, 1]);
    expect(graph.constants.get('w')?.shape).toEqual([4, 1, 3, 3]);
  });

  test('reads the same numbers from a Buffer inside a larger one', () => {
    const large = Buffer.alloc(good.length + 100, 255);
    large.set(good, 3);
    const inside = large.subarray(3, 3 + good.length);
    expect(openOnnx(inside, 'net.onnx').network).toEqual(openOnnx(good, 'net.onnx').network);
  });

  test('int64: raw and listed, negative, larger than a double holds', () => {
    const constants = {
      raw: i64([-1, 0, 2 ** 40]),
      listed: { dims: [2], type: 7, ints: [-1, 2 ** 40] },
      last: { dims: [1], type: 7, raw: new Uint8Array(BigInt64Array.of(2n ** 63n - 1n).buffer) },
      scalar: { dims: [], type: 1, floats: [0.5] },
    };
    const read = readOnnx(
      around([node('Relu', ['conv', ...Object.keys(constants)], 'h')], constants),
      'net.onnx',
    ).constants;
    expect([...(read.get('raw')?.values ?? [])]).toEqual([-1, 0, 2 ** 40]);
    expect([...(read.get('listed')?.values ?? [])]).toEqual([-1, 2 ** 40]);
    expect([...(read.get('last')?.values ?? [])]).toEqual([2 ** 63]);
    expect([...(read.get('scalar')?.values ?? [])]).toEqual([0.5]);
  });

  test('nameless nodes are named after operator and place', () => {
    const bytes = around([{ ...node('Relu', ['conv'], 'h'), name: '' }]);
    expect(readOnnx(bytes, 'net.onnx').nodes[1]?.name).toBe('Relu_1');
  });

  test('infinite bounds of a Clip are no error', () => {
    const bytes = around([node('Clip', ['conv', 'low', 'high'], 'h')], {
      low: f32([], [0]),
      high: f32([], [Number.POSITIVE_INFINITY]),
    });
    expect(openOnnx(bytes, 'net.onnx').network.layers[0]?.activation).toEqual({ kind: 'relu' });
  });
});

test('withOutputs leaves the file as it is and adds outputs', () => {
  const more = withOutputs(good, ['h', 'conv']);
  expect(more.subarray(0, good.length)).toEqual(good);
  expect(readOnnx(more, 'net.onnx')).toEqual({
    ...readOnnx(good, 'net.onnx'),
    outputs: ['final', 'h', 'conv'],
  });
});

/** A damaged file is imported or refused: no other error, no endless loop. */
function survives(bytes: Uint8Array): void {
  try {
    openOnnx(bytes, 'net.onnx');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.message).toMatch(/^net\.onnx: /);
    expect(error.message).not.toContain('\n');
  }
}

describe('damaged files', () => {
  test('cut at every byte', () => {
    for (let length = 0; length < good.length; length++) survives(good.subarray(0, length));
  });

  test('with bytes changed', () => {
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = good.slice();
        for (const [at, value] of changes) bytes[at] = value;
        survives(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  test('of nothing but noise', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), survives), { numRuns: 1000 });
  });
});

test('ten thousand nodes in a row do not overflow the stack', () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `r${i}`);
  const rows = names.map((name, i) => node('Identity', [names[i - 1] ?? 'conv'], name));
  const bytes = around([...rows, node('Relu', ['r9999'], 'h')].toReversed());
  expect(openOnnx(bytes, 'net.onnx').network.layers).toHaveLength(2);
});
