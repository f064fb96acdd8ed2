/** Short ways to write the models of these tests. */
import { uniform } from '../../../tools/data/random.ts';
import { encode, type ModelSpec, type NodeSpec, type TensorSpec } from './encode.ts';

/** float32 in raw_data. */
export function f32(dims: number[], values: ArrayLike<number>): TensorSpec {
  return { dims, type: 1, raw: new Uint8Array(Float32Array.from(values).buffer) };
}

/** int64 in raw_data. */
export function i64(values: number[]): TensorSpec {
  return { dims: [values.length], type: 7, raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}

/** Seeded numbers in [−1, 1). */
export function random(seed: number): () => number {
  const next = uniform(seed);
  return () => 2 * next() - 1;
}

export function randomTensor(dims: number[], seed: number, scale = 1): TensorSpec {
  const next = random(seed);
  return f32(
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => next() * scale),
  );
}

/** `op(inputs) → output`; the node is named as its output is. */
export function node(
  op: string,
  inputs: string[],
  output: string,
  attributes: NodeSpec['attributes'] = {},
): NodeSpec {
  return { op, inputs, outputs: [output], attributes, name: output };
}

/** image [N, 1, 6, 6] → Conv 4@3×3 "conv" → `between`, which ends in "h" → pool → Flatten → Gemm → "final". */
export function around(
  between: NodeSpec[],
  constants: Record<string, TensorSpec> = {},
  more: Partial<ModelSpec> = {},
): Uint8Array {
  return encode({
    nodes: [
      node('Conv', ['image', 'w', 'b'], 'conv', { pads: [1, 1, 1, 1] }),
      ...between,
      node('GlobalAveragePool', ['h'], 'pool'),
      node('Flatten', ['pool'], 'flat'),
      node('Gemm', ['flat', 'v', 'c'], 'final', { transB: 1 }),
    ],
    constants: {
      w: randomTensor([4, 1, 3, 3], 1),
      b: randomTensor([4], 2),
      v: randomTensor([3, 4], 3),
      c: randomTensor([3], 4),
      ...constants,
    },
    outputs: ['final'],
    ...more,
  });
}

/** γ, β, μ, σ² of a batch normalization, named after it. */
export function batchNormConstants(name: string, channels: number): Record<string, TensorSpec> {
  const next = random(name.length + channels);
  const values = (low: number, high: number): number[] =>
    Array.from({ length: channels }, () => low + ((next() + 1) / 2) * (high - low));
  return {
    [`${name}.g`]: f32([channels], values(0.5, 2)),
    [`${name}.b`]: f32([channels], values(-1, 1)),
    [`${name}.m`]: f32([channels], values(-1, 1)),
    [`${name}.v`]: f32([channels], values(0.1, 2)),
  };
}

export function batchNorm(input: string, name: string): NodeSpec {
  const inputs = [input, `${name}.g`, `${name}.b`, `${name}.m`, `${name}.v`];
  return node('BatchNormalization', inputs, name, { epsilon: { float: 1e-3 } });
}
