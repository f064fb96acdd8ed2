import { describe, expect, test } from 'vitest';
import { NEVER } from '../../assembly/shared/limits.ts';
import type { Model } from '../../tools/model.ts';
import type { Traces } from '../../tools/run/traces.ts';
import { calibrateStop, chanceOfLuck, decideAll, marginRows, stopOf } from '../../tools/tune/stop.ts';
import { fitTemperature } from '../../tools/tune/weights.ts';
import { Random, randomModel } from '../models/random.ts';

function choose(n: number, k: number): bigint {
  let result = 1n;
  for (let i = 1; i <= k; i++) result = (result * BigInt(n - k + i)) / BigInt(i);
  return result;
}

test('the test is the hypergeometric tail, counted in whole numbers', () => {
  const [calibration, images, loss] = [200, 300, 0.02];
  for (const harmed of [0, 1, 2, 3]) {
    const marked = harmed + Math.floor(loss * images) + 1;
    let ways = 0n;
    for (let h = 0; h <= harmed; h++) ways += choose(marked, h) * choose(500 - marked, calibration - h);
    const exact = Number((ways * 10n ** 12n) / choose(500, calibration)) / 1e12;
    expect(chanceOfLuck(harmed, calibration, { loss, confidence: 0.95, images })).toBeCloseTo(exact, 8);
  }
});

/** Two classes, two exits, three steps; the early exit errs on some images and is less sure of those. */
function madeUp(seed: number, images: number): { model: Model; traces: Traces; labels: number[] } {
  const r = new Random(seed);
  const base = randomModel(1);
  const layer = { ...(base.layers[0] as Model['layers'][0]), readout: 'membrane' as const };
  const stage = (e: number) => ({ weights: [...new Array<number>(e).fill(0), 256], gain: 2 ** 25 });
  const model: Model = {
    ...base,
    timing: 'immediate',
    steps: 3,
    layers: [layer, layer],
    exits: [0, 1],
    fusion: { kind: 'membrane', rows: [[stage(0), stage(1)]] },
    stop: [],
  };
  const labels = Array.from({ length: images }, () => r.int(0, 1));
  const evidence = new Int32Array(images * 3 * 2 * 2);
  labels.forEach((label, i) => {
    const hard = r.int(0, 9) === 0;
    for (let step = 0; step < 3; step++) {
      for (let exit = 0; exit < 2; exit++) {
        const lead = hard && exit === 0 ? r.int(-400, 200) : r.int(300, 2000) * (step + 1);
        evidence[((i * 3 + step) * 2 + exit) * 2 + label] = lead;
      }
    }
  });
  const empty = new Uint32Array(images * 6);
  return {
    model,
    labels,
    traces: { images, steps: 3, exits: 2, classes: 2, layers: 2, evidence, sops: empty, spikes: empty },
  };
}

describe('calibration', () => {
  const goal = { loss: 0.01, confidence: 0.95, images: 2000 };

  test('keeps its promise on images it has not seen', () => {
    let broken = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { model, traces, labels } = madeUp(seed, 2000);
      const { rows, bits } = calibrateStop(model, decideAll(model, traces), labels, goal);
      expect(bits).toBeLessThan(24);
      const fresh = madeUp(seed + 100, 2000);
      const decisions = decideAll(model, fresh.traces);
      const right = fresh.labels.filter((l, i) => stopOf(model, decisions, rows, i).class === l).length;
      const whole = fresh.labels.filter((l, i) => decisions.classes[i * 6 + 5] === l).length;
      if (whole - right > goal.loss * 2000) broken++;
    }
    expect(broken).toBeLessThanOrEqual(2);
  });

  test('a smaller loss makes a more careful table', () => {
    const { model, traces, labels } = madeUp(7, 3000);
    const careful = calibrateStop(model, decideAll(model, traces), labels, { ...goal, loss: 0.004 });
    const eager = calibrateStop(model, decideAll(model, traces), labels, { ...goal, loss: 0.05 });
    expect(careful.bits).toBeGreaterThan(eager.bits);
    expect(careful.harmed).toBeLessThan(eager.harmed);
  });

  test('too few images certify nothing', () => {
    const { model, traces, labels } = madeUp(3, 20);
    expect(calibrateStop(model, decideAll(model, traces), labels, goal)).toMatchObject({
      rows: [],
      bits: Number.POSITIVE_INFINITY,
    });
  });
});

test('margins: more bits are wider, and pipelined layers cannot be spared', () => {
  const { model } = madeUp(1, 10);
  const [few] = marginRows(model, 3, 2) as [number[]];
  const [many] = marginRows(model, 3, 4) as [number[]];
  // 4 bits at a gain of 2^25 / 2^32 bits per unit.
  expect(many).toEqual([512, 512]);
  expect(few).toEqual([256, 256]);
  // In the last step only an exit before the last has something to spare.
  expect(marginRows(model, 3, 4)).toEqual([
    [512, 512],
    [512, 512],
    [512, NEVER],
  ]);
  expect(marginRows({ ...model, timing: 'pipelined' }, 3, 4)).toEqual([
    [NEVER, 512],
    [NEVER, 512],
  ]);
  expect(marginRows(model, 3, 4, false)[0]).toEqual([NEVER, 512]);
});

test('the temperature that made the labels is found', () => {
  const r = new Random(5);
  const images = 4000;
  const logits = Float64Array.from({ length: images * 2 }, () => r.int(-3000, 3000) / 1000);
  const labels = Array.from({ length: images }, (_, i) => {
    const odds = 0.5 * ((logits[i * 2 + 1] as number) - (logits[i * 2] as number));
    return r.int(0, 999_999) / 1e6 < 1 / (1 + Math.exp(-odds)) ? 1 : 0;
  });
  expect(fitTemperature(logits, 2, labels).temperature).toBeGreaterThan(0.44);
  expect(fitTemperature(logits, 2, labels).temperature).toBeLessThan(0.56);
});
