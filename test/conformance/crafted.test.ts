/**
 * Crafted models, CRC in order: fields at their edges, records that share and overlap. Each is refused with a status, or
 * runs to its end, the same in both builds and whatever stands around it in memory, without a byte outside its arena.
 */
import { describe, expect, test } from 'vitest';
import * as F from '../../assembly/shared/format.ts';
import { STATUS_LAYER } from '../../assembly/shared/status.ts';
import { load } from '../../host/node.ts';
import { pack } from '../../tools/file/pack.ts';
import type { Model } from '../../tools/model.ts';
import { IMAGE } from '../../tools/network.ts';
import { simulate } from '../../tools/reference/simulate.ts';
import { BUILDS } from '../drivers/engine.ts';
import { Guarded } from '../drivers/guarded.ts';
import { Craft } from '../models/craft.ts';
import { mutate } from '../models/mutate.ts';
import { Random, randomModel } from '../models/random.ts';
import { from, small } from '../models/small.ts';
import { judge, judgeAll } from './judge.ts';

function* mutants(models: Model[], each: number): Generator<[Uint8Array, Random]> {
  for (const [m, model] of models.entries()) {
    const bytes = pack(model);
    for (let n = 0; n < each; n++) {
      const r = new Random(m * 1000 + n);
      const craft = new Craft(bytes);
      mutate(r, craft);
      yield [craft.done(), r];
    }
  }
}

function randomModels(count: number, channels?: readonly number[]): Model[] {
  return Array.from({ length: count }, (_, seed) => randomModel(seed + 1, channels));
}

describe('the guard', () => {
  test('lets untouched networks run', () => {
    const models = randomModels(40).map((model, i): [Uint8Array, Random] => [pack(model), new Random(i)]);
    expect(judgeAll(models)).toMatchObject({ refused: 0 });
    expect(judgeAll(models).ran).toBeGreaterThan(30);
  });

  test.each(BUILDS)('notices a byte behind an arena that is too small by 16: $name', ({ module }) => {
    const bytes = pack(small([{ shape: [48, 1, 1], from: [from(IMAGE)] }]));
    const guarded = new Guarded(module, 0xa5);
    const size = guarded.measure(bytes);
    expect(guarded.run(bytes, size, new Uint8Array(1), 0)).toBeTypeOf('number');
    expect(() => guarded.run(bytes, size, new Uint8Array(1), 0, 16)).toThrow('has changed');
  });
});

describe('fields, records and sections', () => {
  test('of random networks', () => {
    const verdicts = judgeAll(mutants(randomModels(100), 30));
    expect(verdicts.refused).toBeGreaterThan(1200);
    expect(verdicts.ran).toBeGreaterThan(900);
  });

  test('of networks with whole blocks of channels', () => {
    const verdicts = judgeAll(mutants(randomModels(25, [48, 64, 70, 130]), 20));
    expect(verdicts.refused).toBeGreaterThan(100);
    expect(verdicts.ran).toBeGreaterThan(50);
  });
});

test.each([
  2, 3, 4, 16,
])('layers that share a projection, the earlier with %i times the channels', (times) => {
  const craft = new Craft(
    small(
      [
        { shape: [16, 3, 3], from: [from(IMAGE)] },
        { shape: [16 * times, 3, 3], from: [from(0, { bits: 4 })] },
        { shape: [16, 3, 3], from: [from(0, { bits: 4 })] },
        { shape: [2, 1, 1], from: [from(2)] },
      ],
      { input: [1, 3, 3] },
    ),
  );
  craft.layer(2, F.LAYER_FIRST_PROJECTION, 1).layer(3, F.LAYER_FIRST_PROJECTION, 2).net(F.NET_PROJECTIONS, 3);
  const bytes = craft.done();
  for (const { module } of BUILDS) expect(new Guarded(module, 0).measure(bytes)).toBe(-STATUS_LAYER);
});

test('weights and neurons that layers share are only read', () => {
  const craft = new Craft(
    small(
      [
        { shape: [16, 2, 2], from: [from(IMAGE)] },
        { shape: [16, 2, 2], from: [from(0, { bits: 3 })] },
        { shape: [16, 2, 2], from: [from(1), from(0, { groups: 16 })] },
        { shape: [16, 1, 1], from: [from(2)] },
      ],
      { input: [1, 2, 2] },
    ),
  );
  for (let l = 0; l < 4; l++) craft.layer(l, F.LAYER_NEURONS, 0);
  for (let p = 0; p < 5; p++) craft.projection(p, F.PROJ_WEIGHTS, 0);
  expect(judge(craft.done(), new Random(1))).toBe('ran');
});

describe('an image layer’s bias near 2^31', () => {
  const biases = [
    0x7fffffff,
    0x7fffffff - 5,
    (0x7fffffff - 1) << 1,
    -0x80000000,
    -0x80000000 + 3,
    0x40000000,
  ];

  test.each([0, 1, 8, 15])('wraps in 32 bits, shift %i', async (shift) => {
    for (const membraneBits of [16, 32] as const)
      for (const weight of [1, -1, 127, -128]) {
        const model = small(
          [
            {
              shape: [biases.length, 1, 2],
              from: [from(IMAGE)],
              bias: Int32Array.from(biases),
              shift,
              membraneBits,
              floor: membraneBits === 16 ? -32768 : -0x80000000,
              burst: 3,
            },
            { shape: [2, 1, 1], from: [from(0, { kernel: [1, 2] })] },
          ],
          { input: [1, 1, 2] },
        );
        model.layers[0]?.projections[0]?.weights.fill(weight);
        const pixels = Uint8Array.from([0, 255]);
        const steps = [...simulate(model, pixels)];
        for (const simd of [false, true]) {
          const net = await load(pack(model), { simd });
          const got = [...net.run(pixels, { mayStop: false })];
          expect(got.map((s) => s.sops)).toEqual(steps.map((s) => s.sops));
          expect(got.map((s) => s.counts.map((c) => [...c]))).toEqual(steps.map((s) => s.evidence));
        }
      }
  });
});
