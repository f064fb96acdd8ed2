/** What the promise of a tuned table rests on, recomputed plainly from evidence that is made up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Model } from '../../tools/model.ts';
import type { Traces } from '../../tools/run/traces.ts';
import { bestStep, leads } from '../../tools/tune/best-step.ts';
import { gridAlpha } from '../../tools/tune/grid-alpha.ts';
import { calibrateStop, decideAll, leastImages, marginRows, stopOf } from '../../tools/tune/stop.ts';
import { fitImages, tune } from '../../tools/tune/tune.ts';
import { tuneWeights } from '../../tools/tune/weights.ts';
import { Random, randomModel } from '../models/random.ts';

const goal = { loss: 0.01, confidence: 0.95, images: 2000 };

/** One exit, two classes; lead[image][step] is that of class 1 over class 0. */
function network(lead: number[][], gain = 3 * 2 ** 24): { model: Model; traces: Traces } {
  const [images, steps] = [lead.length, lead[0]?.length as number];
  const base = randomModel(1);
  const layer = { ...(base.layers[0] as Model['layers'][0]), readout: 'membrane' as const };
  const rows = Array.from({ length: steps }, () => [{ weights: [256], gain }]);
  const none = new Uint32Array(images * steps);
  return {
    model: { ...base, steps, layers: [layer], exits: [0], fusion: { kind: 'membrane', rows }, stop: [] },
    traces: {
      images,
      steps,
      exits: 1,
      classes: 2,
      layers: 1,
      evidence: Int32Array.from(lead.flat().flatMap((l) => [0, l])),
      sops: none,
      spikes: none,
    },
  };
}

/** Leads that are right ever more often; many images change their mind on the way, some end wrong. */
function drawn(seed: number, images: number, steps = 3): { lead: number[][]; labels: Uint8Array } {
  const r = new Random(seed);
  const labels = Uint8Array.from({ length: images }, () => r.int(0, 1));
  const lead = Array.from(labels, (label) =>
    Array.from({ length: steps }, (_, s) => (label * 2 - 1) * r.int(-500 + 200 * s, 2000)),
  );
  return { lead, labels };
}

const classOf = (lead: number): number => (lead > 0 ? 1 : 0);

/** Chance that none or few of the marked images lie among those drawn, term by term. */
function luck(harmed: number, calibration: number): number {
  const marked = harmed + Math.floor(goal.loss * goal.images) + 1;
  const all = calibration + goal.images;
  const log = (n: number, k: number): number => {
    let sum = 0;
    for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
    return sum;
  };
  let sum = 0;
  for (let h = 0; h <= harmed; h++)
    sum += Math.exp(log(calibration, h) + log(goal.images, marked - h) - log(all, marked));
  return sum;
}

/** The whole calibration again, for one exit and a gain per step. */
function twin(lead: number[][], labels: Uint8Array, gains: number[]): { bits: number; harmed: number } {
  let accepted = { bits: Number.POSITIVE_INFINITY, harmed: 0 };
  for (let quarter = 96; quarter >= 0; quarter--) {
    let harmed = 0;
    lead.forEach((steps, i) => {
      const stop = steps.findIndex(
        (l, s) => s === steps.length - 1 || Math.abs(l) >= (quarter * 2 ** 30) / (gains[s] as number),
      );
      const whole = classOf(steps.at(-1) as number);
      if (whole === labels[i] && classOf(steps[stop] as number) !== labels[i]) harmed++;
    });
    if (luck(harmed, lead.length) > 0.05) break;
    accepted = { bits: quarter / 4, harmed };
  }
  return accepted;
}

describe('the table', () => {
  test('is the twin’s, on evidence of any kind', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 250, max: 900 }), (seed, images) => {
        const { lead, labels } = drawn(seed, images);
        const { model, traces } = network(lead);
        const { bits, harmed } = calibrateStop(model, decideAll(model, traces), labels, goal);
        expect({ bits, harmed }).toEqual(twin(lead, labels, [3 * 2 ** 24, 3 * 2 ** 24]));
      }),
      { numRuns: 30 },
    );
  });

  test('ends before the first odds that fail, though lower ones would pass', () => {
    // Below 400 the first step answers, right; from there to 800 the second does, wrong.
    const lead = Array.from({ length: 600 }, (_, i) => (i < 100 ? [400, -800, 900] : [3000, 3000, 3000]));
    const { model, traces } = network(lead, 2 ** 26);
    const { bits, harmed } = calibrateStop(
      model,
      decideAll(model, traces),
      new Uint8Array(600).fill(1),
      goal,
    );
    expect({ bits, harmed }).toEqual({ bits: 12.75, harmed: 0 });
  });

  test('begins at 24 bits of odds', () => {
    // 1500 of these units are 23.4 bits: 100 images are wrong by as much in the first step.
    const lead = Array.from({ length: 600 }, (_, i) => (i < 100 ? [-1500, 9000, 9000] : [9000, 9000, 9000]));
    const { model, traces } = network(lead, 2 ** 26);
    expect(calibrateStop(model, decideAll(model, traces), new Uint8Array(600).fill(1), goal).bits).toBe(23.5);
  });

  test('counts no harm where the whole run is wrong too', () => {
    const { model, traces } = network(Array.from({ length: 600 }, () => [-900, -900, -900]));
    expect(calibrateStop(model, decideAll(model, traces), new Uint8Array(600).fill(1), goal)).toMatchObject({
      bits: 0,
      harmed: 0,
    });
  });

  test('has the smallest whole margins that reach the odds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 96 }),
        fc.integer({ min: 2 ** 12, max: 2 ** 31 }),
        (quarter, gain) => {
          const margin = BigInt(marginRows(network([[0, 0]], gain).model, 2, quarter / 4)[0]?.[0] as number);
          const odds = BigInt(quarter) << 30n;
          expect(margin * BigInt(gain) >= odds && (margin - 1n) * BigInt(gain) < odds).toBe(true);
        },
      ),
    );
    const beta: Model = { ...network([[0, 0]]).model, fusion: { kind: 'beta', rows: [[]] } };
    const [[margin]] = marginRows(beta, 2, 0.25) as [[number]];
    const exact = 1 - 2 ** -0.25;
    const one = (marginRows(beta, 2, 1) as [[number]])[0][0] * 2;
    expect(margin / one >= exact && (margin - 1) / one < exact).toBe(true);
  });

  test('takes as many images as a direct count says', () => {
    let images = 1;
    while (luck(0, images) > 0.05) images++;
    expect(leastImages(goal)).toBe(images);
  });
});

describe('tune', () => {
  const options = { alpha: 'grid' as const, stop: goal, depth: true, guard: true, chooseSteps: false };
  const run = (lead: number[][], labels: Uint8Array, changed: Partial<typeof options> = {}) => {
    const { model, traces } = network(lead);
    const said: { stage: string; text: string; facts?: unknown }[] = [];
    const report = (line: (typeof said)[number]): void => void said.push(line);
    const tuned = tune({
      model,
      traces,
      labels,
      units: [0.002],
      options: { ...options, ...changed },
      report,
    });
    return { tuned, traces, said };
  };
  const gainsOf = ({ fusion }: Model): number[] =>
    fusion.kind === 'membrane' ? fusion.rows.map((row) => row[0]?.gain as number) : [];

  test('fits on the first fifth and certifies on the others, each with its own label', () => {
    for (const seed of [1, 2, 3]) {
      const { lead, labels } = drawn(seed, 1000);
      const { tuned, said } = run(lead, labels);
      const fit = network(lead.slice(0, 200)).traces;
      expect(tuned.fusion).toEqual({ kind: 'membrane', rows: tuneWeights(fit, labels, [0.002]) });
      const { bits, harmed } = twin(lead.slice(200), labels.subarray(200), gainsOf(tuned));
      const facts = said.find((s) => s.stage === 'stop')?.facts;
      expect(facts).toMatchObject({ bits: Number.isFinite(bits) ? bits : null, harmed, images: 800 });
      // The images that certify change nothing of the fit.
      expect(
        run(
          lead,
          labels.map((l, i) => (i < 200 ? l : 1 - l)),
        ).tuned.fusion,
      ).toEqual(tuned.fusion);
    }
  });

  test('without enough images makes no table and says how many it takes', () => {
    const least = leastImages(goal);
    const needed = Math.ceil(least / 0.8);
    expect(fitImages(needed, goal)).toBe(Math.floor(needed / 5));
    expect(fitImages(least, goal)).toBe(least);
    expect(fitImages(1000, undefined)).toBe(1000);
    const { lead, labels } = drawn(4, least);
    const { tuned, said } = run(lead, labels);
    expect(tuned.stop).toEqual([]);
    expect(said.find((s) => s.stage === 'stop')?.text).toContain(
      `takes ${needed} images or more, here are ${least}`,
    );
  });

  test('ends at the best step, with as many rows of fusion', () => {
    // Right at step 2, wrong afterwards, for every fifth image.
    const lead = Array.from({ length: 1000 }, (_, i) =>
      i % 5 ? [-50, 900, 900, 900] : [-50, 900, -900, -900],
    );
    const { tuned } = run(lead, new Uint8Array(1000).fill(1), { chooseSteps: true });
    expect(tuned.steps).toBe(2);
    expect(gainsOf(tuned)).toHaveLength(2);
    expect(tuned.stop.length).toBeLessThan(2);
  });

  test('a table that stops everything in step 1 becomes one step with the same answers', () => {
    const { labels } = drawn(5, 1000);
    const lead = Array.from(labels, (l, i) =>
      (i % 9 ? [1, 2, 3] : [-1, -2, -3]).map((x) => x * 300 * (l * 2 - 1)),
    );
    const { tuned, traces } = run(lead, labels);
    expect([tuned.steps, gainsOf(tuned).length, tuned.stop.length]).toEqual([1, 1, 0]);
    const whole = { ...tuned, steps: 3 };
    const { rows } = calibrateStop(whole, decideAll(whole, traces), labels, goal);
    const all = decideAll(whole, traces);
    lead.forEach((steps, i) => {
      expect(stopOf(whole, all, rows, i)).toEqual({ step: 1, stage: 0, class: classOf(steps[0] as number) });
    });
  });
});

test('the grid of α reaches 100', () => {
  // 200/1200 > 233/1400 at α = 100, 199/1198 < 232/1396 at 99.
  const alpha = gridAlpha([Float64Array.of(0.5, 0.25)], [Int32Array.of(100, 133)], 1000, [0]);
  expect(alpha).toBe(100);
});

test('the smallest of equally good α is taken', () => {
  expect(gridAlpha([Float64Array.of(0.5, 0.25)], [Int32Array.of(9, 1)], 10, [0])).toBe(0);
});

test('the best step is the first that the most accurate one leads by luck alone', () => {
  const answers = fc
    .integer({ min: 1, max: 40 })
    .chain((n) =>
      fc.array(fc.array(fc.boolean(), { minLength: n, maxLength: n }), { minLength: 1, maxLength: 6 }),
    );
  fc.assert(
    fc.property(answers, (right) => {
      const beats = (a: boolean[], b: boolean[]): boolean => {
        let [won, lost] = [0, 0];
        a.forEach((x, i) => {
          if (x && !b[i]) won++;
          if (!x && b[i]) lost++;
        });
        return won > lost + 1 && 4 * (won - lost) ** 2 > won + lost && 1000 * (won - lost) > a.length;
      };
      for (const a of right) for (const b of right) expect(leads(a, b)).toBe(beats(a, b));
      const sums = right.map((r) => r.reduce((n, x) => n + Number(x), 0));
      const top = right[sums.indexOf(Math.max(...sums))] as boolean[];
      let step = 1;
      while (beats(top, right[step - 1] as boolean[])) step++;
      expect(bestStep(right)).toBe(step);
    }),
  );
  // One image in a thousand is no lead, two are.
  const of = (n: number): boolean[] => Array.from({ length: 1000 }, (_, i) => i < n);
  expect([leads(of(501), of(500)), leads(of(502), of(500))]).toEqual([false, true]);
});
