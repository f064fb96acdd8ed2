/** Random networks: both engine builds against the reference, neuron by neuron, step by step. */
import { describe, expect, test } from 'vitest';
import { load } from '../../host/node.ts';
import { pack } from '../../tools/file/pack.ts';
import { unpack } from '../../tools/file/unpack.ts';
import type { Model } from '../../tools/model.ts';
import { Random, randomModel } from '../models/random.ts';
import { difference } from './agree.ts';

const SEEDS = Array.from({ length: 300 }, (_, i) => i + 1);
const WIDE_SEEDS = Array.from({ length: 40 }, (_, i) => i + 1001);
const MODELS = [
  ...SEEDS.map((seed) => randomModel(seed)),
  ...WIDE_SEEDS.map((seed) => randomModel(seed, [48, 64, 70, 130])),
];

describe.each([
  { name: 'snn-core', simd: false },
  { name: 'snn-core-simd', simd: true },
])('$name', ({ simd }) => {
  test(`agrees with the reference on ${MODELS.length} random networks`, async () => {
    const left = new Set<number>();
    const kept = new Set<number>();
    for (const [seed, model] of MODELS.entries()) {
      const net = await load(pack(model), { simd });
      const random = new Random(seed + 1000);
      for (let image = 0; image < 2; image++) {
        const pixels = random.bytes(model.input[0] * model.input[1] * model.input[2]);
        expect(difference(net, model, pixels), `seed ${seed}, image ${image}`).toBeUndefined();
        if (model.layers.some((l) => l.guard !== undefined))
          (net.classify(pixels).unusual ? left : kept).add(seed);
      }
    }
    expect(left.size, 'networks with images that leave a guard').toBeGreaterThan(10);
    expect(kept.size, 'networks with guarded images that do not').toBeGreaterThan(10);
  });
});

test('a model survives packing and unpacking', () => {
  for (const seed of SEEDS) {
    const bytes = pack(randomModel(seed));
    expect(pack(unpack(bytes, 'random.snn'))).toEqual(bytes);
  }
});

test('the random networks reach every feature', () => {
  const models = SEEDS.map((seed) => randomModel(seed));
  const some = (has: (m: Model) => boolean): boolean => models.some(has);
  const layer = (has: (l: Model['layers'][0]) => boolean): boolean => some((m) => m.layers.some(has));
  for (const kind of ['conv', 'pooled'])
    expect(layer((l) => l.projections.some((s) => s.kind === kind))).toBe(true);
  for (const timing of ['immediate', 'pipelined']) expect(some((m) => m.timing === timing)).toBe(true);
  for (const kind of ['beta', 'membrane']) expect(some((m) => m.fusion.kind === kind)).toBe(true);
  for (const bits of [2, 3, 4, 5, 6, 7, 8])
    expect(layer((l) => l.projections.some((s) => s.bits === bits))).toBe(true);
  expect(layer((l) => l.projections.some((s) => s.groups > 1 && s.groups < l.shape[0]))).toBe(true);
  expect(layer((l) => l.projections.some((s) => s.groups > 1 && s.groups === l.shape[0]))).toBe(true);
  expect(layer((l) => l.negative !== undefined && l.burst > 1)).toBe(true);
  expect(layer((l) => l.guard !== undefined && l.guard.low > 0)).toBe(true);
  for (const bits of [16, 32]) expect(layer((l) => l.membraneBits === bits)).toBe(true);
  for (const exits of [1, 2, 3, 4]) expect(some((m) => m.exits.length === exits)).toBe(true);
  expect(layer((l) => l.projections.length > 1)).toBe(true);
  expect(layer((l) => l.burst > 1) && layer((l) => l.burst === 1)).toBe(true);
});
