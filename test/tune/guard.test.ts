/** Guards: their bounds by hand, their layers, and the engine's word on noise. */
import { describe, expect, test } from 'vitest';
import { checkGuards } from '../../experiments/promise/guarded.ts';
import { SHIFTS, shifted } from '../../experiments/promise/shifts.ts';
import { load } from '../../host/node.ts';
import { mnistTest } from '../../tools/data/idx.ts';
import { MODELS, shippedModel } from '../../tools/file/shipped.ts';
import type { Model } from '../../tools/model.ts';
import { IMAGE } from '../../tools/network.ts';
import { record } from '../../tools/run/record.ts';
import type { Traces } from '../../tools/run/traces.ts';
import { isUnusual, withGuards, withoutGuards } from '../../tools/tune/guard.ts';
import { from, small } from '../models/small.ts';

const one: [number, number, number] = [1, 1, 1];

/** Hidden layers in a row, exits on those of `exits`, in two steps. */
function chain(hidden: number, ...exits: number[]): Model {
  const layers = Array.from({ length: hidden }, (_, i) => ({
    shape: one,
    from: [from(i === 0 ? IMAGE : i - 1)],
  }));
  const all = [...layers.slice(0, hidden)];
  const places = exits.map((after, e) => {
    all.splice(after + 1 + e, 0, { shape: one, from: [from(after + e)] });
    return after + 1 + e;
  });
  // What follows an exit sees the layer before it.
  const placed = all.map((layer, i) => {
    const source = [...Array(i).keys()].reverse().find((k) => !places.includes(k));
    return { ...layer, from: [from(source ?? IMAGE)] };
  });
  return small(placed, { exits: places, steps: 2 });
}

/** Spikes of every layer in the first step; a second one, which must not matter, has a million. */
function traces(spikes: number[][]): Traces {
  const layers = spikes[0]?.length as number;
  return {
    images: spikes.length,
    steps: 2,
    exits: 1,
    classes: 1,
    layers,
    evidence: new Int32Array(spikes.length * 2),
    sops: new Uint32Array(spikes.length * 2 * layers),
    spikes: Uint32Array.from(spikes.flatMap((row) => [...row, ...row.map(() => 1e6)])),
  };
}

const guardsOf = (model: Model): unknown[] => model.layers.map((l) => l.guard ?? null);

describe('bounds', () => {
  test('are the least and the greatest ratio, outward to whole numbers', () => {
    const seen = traces([
      [9, 5, 0],
      [9, 7, 0],
      [1, 3, 0],
    ]);
    const model = withGuards(chain(2, 1), seen);
    // 5/10, 7/10 and 3/2 spikes per spike and one, times 2^16.
    expect(guardsOf(model)).toEqual([null, { low: 32768, high: 98304 }, null]);
    const asked = traces([
      [9, 5, 0],
      [9, 4, 0],
      [1, 3, 0],
      [1, 4, 0],
      [0, 0, 0],
      [0, 1, 0],
    ]);
    expect([...Array(6).keys()].map((i) => isUnusual(model, asked, i))).toEqual([
      false,
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  test('leave out one image in a thousand on either side', () => {
    const seen = traces(Array.from({ length: 3000 }, (_, i) => [0, i, 0]));
    const { guard } = withGuards(chain(2, 1), seen).layers[1] as Model['layers'][0];
    expect(guard).toEqual({ low: 3 * 65536, high: 2996 * 65536 });
  });

  test('stay in their field', () => {
    const seen = traces([[0, 1e6, 0]]);
    expect(withGuards(chain(2, 1), seen).layers[1]?.guard).toEqual({ low: 2 ** 28 - 1, high: 2 ** 28 - 1 });
  });
});

test('are of the first three layers before the first exit, and go when they are not wanted', () => {
  const has = (model: Model): boolean[] => {
    const seen = traces([model.layers.map(() => 1)]);
    const guarded = withGuards(model, seen);
    expect(guardsOf(withoutGuards(guarded))).toEqual(model.layers.map(() => null));
    return guardsOf(guarded).map((g) => g !== null);
  };
  expect(has(chain(5, 4))).toEqual([false, true, true, false, false, false]);
  expect(has(chain(5, 1, 4))).toEqual([false, true, false, false, false, false, false]);
  expect(has(chain(5, 0, 4))).toEqual([false, false, false, false, false, false, false]);
});

describe('on worse pictures', () => {
  test('stopping costs at most two points; on clean digits it takes hardly more work', async () => {
    const data = await mnistTest(1000);
    const figures = await checkGuards(await shippedModel(MODELS.default), data, () => {});
    for (const { shift, whole, stopped, sops, unguarded, unguarded_sops } of figures) {
      expect(whole - stopped, shift).toBeLessThanOrEqual(0.02);
      if (shift === 'clean') expect(sops / unguarded_sops).toBeLessThan(1.05);
      // Without guards it costs more than that.
      if (shift === 'noise, σ 32') expect(whole - unguarded).toBeGreaterThan(0.1);
    }
    expect(figures.map(({ shift }) => shift)).toEqual(expect.arrayContaining(['clean', 'noise, σ 32']));
  });

  test('the engine and the tools agree on which are unusual', async () => {
    const { bytes, model } = await shippedModel(MODELS.default);
    const data = await mnistTest(100);
    const net = await load(bytes);
    for (const shift of SHIFTS) {
      const images = shifted(data, shift);
      const seen = await record({ model: bytes, images, count: data.count });
      for (let i = 0; i < data.count; i++)
        expect(net.classify(images.subarray(i * 784, (i + 1) * 784)).unusual, `${shift.name} ${i}`).toBe(
          isUnusual(model, seen, i),
        );
    }
  });
});
