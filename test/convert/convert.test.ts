/** A whole conversion, seen from outside of its stages. */
import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { convert } from '../../tools/convert/convert.ts';
import { type FloatStage, floatStage } from '../../tools/convert/float-stages.ts';
import type { ConvertOptions } from '../../tools/convert/options.ts';
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
  force: false,
  findSteps: false,
  points: [{ burst: 4, steps: 1 }],
  chooseSteps: false,
  narrow: true,
  alpha: 'grid',
  stop: undefined,
  depth: true,
};

async function converted(
  source: Source,
): Promise<{ facts: Map<string, Record<string, unknown>>; bytes: Uint8Array }> {
  const facts = new Map<string, Record<string, unknown>>();
  const data = await mnistTest(200);
  const { bytes } = await convert(source, data, OPTIONS, (s) => facts.set(s.stage, s.facts));
  return { facts, bytes };
}

const FILE = 'models/mnist.onnx';
const onnx = new Uint8Array(readFileSync(FILE));

afterEach(() => vi.restoreAllMocks());

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
