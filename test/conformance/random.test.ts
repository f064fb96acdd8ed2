/** Random networks: both engine builds against the reference, neuron by neuron, step by step. */
import { describe, expect, test } from 'vitest';
import { load } from '../../host/node.ts';
import { pack } from '../../tools/file/pack.ts';
import { unpack } from '../../tools/file/unpack.ts';
import type { Model } from '../../tools/model.ts';
import { type ReferenceStep, simulate } from '../../tools/reference/simulate.ts';
import { Random, randomModel } from '../models/random.ts';

const SEEDS = Array.from({ length: 300 }, (_, i) => i + 1);
const WIDE_SEEDS = Array.from({ length: 40 }, (_, i) => i + 1001);
const MODELS = [
  ...SEEDS.map((seed) => randomModel(seed)),
  ...WIDE_SEEDS.map((seed) => randomModel(seed, [48, 64, 70, 130])),
];

/** The reference keeps [channel][y][x]; the engine's events are [y][x][channel]. */
function eventsOf(model: Model, step: ReferenceStep, layer: number): Map<number, number> {
  const [channels, height, width] = (model.layers[layer] as Model['layers'][0]).shape;
  const events = new Map<number, number>();
  step.spikes[layer]?.forEach((count, i) => {
    const position = i % (height * width);
    if (count !== 0) events.set(position * channels + Math.floor(i / (height * width)), count);
  });
  return events;
}

describe.each([
  { name: 'snn-core', simd: false },
  { name: 'snn-core-simd', simd: true },
])('$name', ({ simd }) => {
  test(`agrees with the reference on ${MODELS.length} random networks`, async () => {
    for (const [seed, model] of MODELS.entries()) {
      const net = await load(pack(model), { simd });
      const random = new Random(seed + 1000);
      for (let image = 0; image < 2; image++) {
        const pixels = random.bytes(model.input[0] * model.input[1] * model.input[2]);
        const steps = [...simulate(model, pixels)];
        const where = `seed ${seed}, image ${image}`;
        let i = 0;
        for (const got of net.run(pixels, { mayStop: false })) {
          const want = steps[i++] as ReferenceStep;
          expect(
            got.counts.map((c) => [...c]),
            `${where}: evidence`,
          ).toEqual(want.evidence);
          expect(got.sops, `${where}: SOPs`).toEqual(want.sops);
          expect(got.comparisons, `${where}: comparisons`).toEqual(want.comparisons);
          model.layers.forEach((_, l) => {
            const { index, count } = net.layerEvents(l);
            const events = new Map(Array.from(index, (n, k) => [n, count[k] as number]));
            expect(events, `${where}: step ${got.step}, layer ${l}`).toEqual(eventsOf(model, want, l));
          });
          want.decisions.forEach((d, exit) => {
            const { class: winner, margin, posterior } = net.decide(exit);
            const fixed = Array.from(posterior, (p) => p * 65536);
            expect({ class: winner, margin, posterior: fixed }, `${where}: exit ${exit}`).toEqual(d);
          });
        }
        expect(i, where).toBe(model.steps);
        const final = steps.find((s) => s.final >= 0) as ReferenceStep;
        const answer = net.classify(pixels);
        expect(answer, `${where}: decision`).toMatchObject({
          class: final.decisions[final.final]?.class,
          steps: final.step,
          exit: final.final,
        });
      }
    }
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
  for (const bits of [16, 32]) expect(layer((l) => l.membraneBits === bits)).toBe(true);
  for (const exits of [1, 2, 3, 4]) expect(some((m) => m.exits.length === exits)).toBe(true);
  expect(layer((l) => l.projections.length > 1)).toBe(true);
  expect(layer((l) => l.burst > 1) && layer((l) => l.burst === 1)).toBe(true);
});
