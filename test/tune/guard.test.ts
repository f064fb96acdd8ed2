/** Guards: their bounds by hand, their layers, and the engine's word on noise. */
import { describe, expect, test } from 'vitest';
import { load } from '../../host/node.ts';
import { mnistTest } from '../../tools/data/idx.ts';
import { MODELS, shippedModel } from '../../tools/file/shipped.ts';
import type { Model } from '../../tools/model.ts';
import { IMAGE } from '../../tools/network.ts';
import { record } from '../../tools/run/record.ts';
import type { Traces } from '../../tools/run/traces.ts';
import { isUnusual, withGuards } from '../../tools/tune/guard.ts';
import { decideAll, stopOf } from '../../tools/tune/stop.ts';
import { Random } from '../models/random.ts';
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
    expect(guardsOf(withGuards(guarded))).toEqual(model.layers.map(() => null));
    return guardsOf(guarded).map((g) => g !== null);
  };
  expect(has(chain(5, 4))).toEqual([false, true, true, false, false, false]);
  expect(has(chain(5, 1, 4))).toEqual([false, true, false, false, false, false, false]);
  expect(has(chain(5, 0, 4))).toEqual([false, false, false, false, false, false, false]);
});

test('on noise, blur and half the contrast stopping costs at most two points; on clean digits no more work', async () => {
  const { bytes, model } = await shippedModel(MODELS.default);
  const { images, labels, count } = await mnistTest(1000);
  const shifts: Record<string, (image: Uint8Array, r: Random) => Uint8Array> = {
    clean: (image) => image,
    noise: (image, r) => image.map((v) => Math.max(0, Math.min(255, v + 32 * normal(r)))),
    blur: (image) => blurred(image),
    contrast: (image) => image.map((v) => v / 2),
  };
  const net = await load(bytes);
  for (const [name, shift] of Object.entries(shifts)) {
    const r = new Random(1);
    const shifted = new Uint8Array(images.length);
    for (let i = 0; i < count; i++) shifted.set(shift(images.slice(i * 784, (i + 1) * 784), r), i * 784);
    const seen = await record({ model: bytes, images: shifted, count });
    const run = (m: Model): { right: number; sops: number } => {
      const decisions = decideAll(m, seen);
      let [right, sops] = [0, 0];
      for (let i = 0; i < count; i++) {
        const { step, stage, class: winner } = stopOf(m, decisions, m.stop, i);
        if (winner === labels[i]) right++;
        for (let s = 0; s < step; s++)
          for (let l = 0; l <= (s === step - 1 ? (m.exits[stage] as number) : seen.layers - 1); l++)
            sops += seen.sops[(i * seen.steps + s) * seen.layers + l] as number;
      }
      return { right, sops };
    };
    const [stopped, free, whole] = [run(model), run(withGuards(model)), run({ ...model, stop: [] })];
    expect(whole.right - stopped.right, name).toBeLessThanOrEqual(0.02 * count);
    if (name === 'clean') expect(stopped.sops / free.sops).toBeLessThan(1.05);
    // Without guards it costs more than that.
    if (name === 'noise') expect(whole.right - free.right).toBeGreaterThan(0.1 * count);
    // The engine and the tools agree on which images those are.
    for (let i = 0; i < 100; i++)
      expect(net.classify(shifted.subarray(i * 784, (i + 1) * 784)).unusual, `${name} ${i}`).toBe(
        isUnusual(model, seen, i),
      );
  }
});

/** Irwin and Hall: close enough. */
function normal(r: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += r.int(0, 65535) / 65536;
  return sum;
}

/** 3×3, [1 2 1] twice. */
function blurred(image: Uint8Array): Uint8Array {
  const at = (y: number, x: number): number =>
    y < 0 || x < 0 || y > 27 || x > 27 ? 0 : (image[y * 28 + x] as number);
  return image.map((_, i) => {
    const [y, x] = [Math.floor(i / 28), i % 28];
    let sum = 0;
    for (const dy of [-1, 0, 1])
      for (const dx of [-1, 0, 1]) sum += at(y + dy, x + dx) * (2 - Math.abs(dy)) * (2 - Math.abs(dx));
    return sum / 16;
  });
}
