/** A whole conversion, seen from outside of its stages. */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { convert } from '../../tools/convert/convert.ts';
import { type FloatStage, floatStage } from '../../tools/convert/float-stages.ts';
import type { ConvertOptions } from '../../tools/convert/options.ts';
import { pointsToTry } from '../../tools/convert/points.ts';
import { separatePools } from '../../tools/convert/pooling.ts';
import { mnistTest } from '../../tools/data/idx.ts';
import { OnnxModel } from '../../tools/import/onnx/onnx-schema.ts';
import { openOnnx } from '../../tools/import/onnx/open.ts';
import type { Source } from '../../tools/import/source.ts';

const OPTIONS: ConvertOptions = {
  name: 'mnist',
  labels: [],
  method: 'qcfs',
  percentile: 99.9,
  timing: 'immediate',
  readout: 'membrane',
  burst: 4,
  steps: 1,
  start: 0.5,
  bits: 8,
  order: 'rgb',
  normalization: { mean: [0], std: [1] },
  poolNeurons: false,
  poolCeilings: 'means',
  force: false,
  findSteps: false,
  points: [{ burst: 4, steps: 1 }],
  chooseSteps: false,
  narrow: true,
  alpha: 'grid',
  stop: undefined,
  depth: true,
  guard: true,
};

async function converted(
  source: Source,
  options: Partial<ConvertOptions> = {},
  tried: Record<string, unknown>[] = [],
): Promise<{ facts: Map<string, Record<string, unknown>>; bytes: Uint8Array }> {
  const facts = new Map<string, Record<string, unknown>>();
  const data = await mnistTest(200);
  const { bytes } = await convert(source, data, { ...OPTIONS, ...options }, (s) => {
    facts.set(s.stage, s.facts);
    if (s.stage === 'tried') tried.push(s.facts);
  });
  return { facts, bytes };
}

const FILE = 'models/mnist.onnx';
const onnx = new Uint8Array(readFileSync(FILE));

afterEach(() => vi.restoreAllMocks());

describe('levels and steps', () => {
  const RELU = 'models/mnist-relu.onnx';
  const relu = new Uint8Array(readFileSync(RELU));
  async function tried(options: Partial<ConvertOptions>, count: number): Promise<Record<string, unknown>[]> {
    const stages: Record<string, unknown>[] = [];
    await convert(
      openOnnx(relu, RELU),
      await mnistTest(count),
      { ...OPTIONS, method: 'light', ...options },
      ({ stage, facts }) => stages.push({ stage, ...facts }),
    );
    return stages;
  }

  test('are tried, the cheapest first, until the network is as good as it was trained', async () => {
    const stages = await tried({ points: pointsToTry(undefined, undefined) }, 200);
    const trials = stages.filter((s) => s.stage === 'tried');
    const chosen = stages.find((s) => s.stage === 'chosen');
    expect(trials[0]).toMatchObject({ burst: 8, steps: 1, images: 200 });
    expect(trials.at(-1)).toMatchObject({ burst: chosen?.burst, steps: chosen?.steps });
    for (const { sops, arena_bytes } of trials) {
      expect(sops).toBeGreaterThan(0);
      expect(arena_bytes).toBeGreaterThan(0);
    }
  });

  test('of two as good the one with fewer SOPs is taken, of a good and a bad one the good one', async () => {
    const points = [
      { burst: 1, steps: 1 },
      { burst: 32, steps: 2 },
      { burst: 32, steps: 1 },
    ];
    // Without the trained network's answers all are tried.
    const built = new Map<string, number>();
    const { network } = openOnnx(relu, RELU);
    const stages: Record<string, unknown>[] = [];
    const { facts } = await converted(
      { file: RELU, network, folded: [] },
      { method: 'light', points },
      stages,
    );
    for (const s of stages) built.set(`${s.burst} ${s.steps}`, s.accuracy as number);
    expect(built.size).toBe(3);
    expect(built.get('1 1')).toBeLessThan(0.9);
    expect(facts.get('chosen')).toMatchObject({ burst: 32, steps: 1 });
  });

  test('are not tried where both are given', () => {
    expect(pointsToTry(4, 3)).toEqual([{ burst: 4, steps: 3 }]);
    expect(pointsToTry(4, undefined).every((p) => p.burst === 4)).toBe(true);
    expect(pointsToTry(undefined, 3).every((p) => p.steps === 3)).toBe(true);
  });
});

describe('a conversion', () => {
  test('decodes its file once, and opens one session of the runtime', async () => {
    const decode = vi.spyOn(OnnxModel, 'decode');
    const create = vi.spyOn(ort.InferenceSession, 'create');
    const { facts } = await converted(openOnnx(onnx, FILE));
    expect(decode).toHaveBeenCalledTimes(1);
    expect(create).toHaveBeenCalledTimes(1);
    expect(facts.get('folded')?.difference).toBeLessThan(1e-4);
  });

  test('has the same activations with and without ONNX Runtime', async () => {
    const { network: trained, folded, openFloat } = openOnnx(onnx, FILE);
    const network = separatePools(trained);
    const data = await mnistTest(100);
    const stage = (runtime: Partial<Source>): Promise<FloatStage> =>
      floatStage({ file: FILE, network, folded, ...runtime }, network, data, 3, OPTIONS, () => {});
    const [theirs, ours] = [await stage({ openFloat }), await stage({})];
    expect(ours.logits).toBeUndefined();
    network.layers.forEach((_, l) => {
      const [a, b] = [theirs.activations(l), ours.activations(l)];
      expect(b).toHaveLength(a.length);
      // A sum next to the edge of a step may fall on either side.
      const off = a.filter((v, i) => Math.abs(v - (b[i] as number)) > 1e-3).length;
      expect(off / a.length, `layer ${l}`).toBeLessThan(1e-3);
    });
  });

  test('needs no other program than ours: then nothing is compared with it', async () => {
    const { network, folded } = openOnnx(onnx, FILE);
    const { facts } = await converted({ file: 'mnist.nir', network, folded });
    expect(facts.has('ann')).toBe(false);
    expect(facts.get('folded')).not.toHaveProperty('difference');
    const { accuracy } = facts.get('integers') as { accuracy: number[][] };
    expect(accuracy.at(-1)?.at(-1)).toBeGreaterThan(0.98);
  });
});
