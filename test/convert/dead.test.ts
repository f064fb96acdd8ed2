/** Channels whose weights are zero or nearly so, as pruning and batch normalization with γ = 0 leave them. */
import { describe, expect, test } from 'vitest';
import { load } from '../../host/node.ts';
import { type BuildOptions, build } from '../../tools/convert/build.ts';
import { coarserUnits, narrowMembranes } from '../../tools/convert/membranes.ts';
import { membraneRanges } from '../../tools/convert/ranges.ts';
import { pack } from '../../tools/file/pack.ts';
import type { Model, SpikingLayer } from '../../tools/model.ts';
import { type Ann, type Convolution, IMAGE, type Layer } from '../../tools/network.ts';
import { Failure } from '../../tools/terminal/failure.ts';
import { Random } from '../models/random.ts';

const CEILING = 1.5;
const OPTIONS: BuildOptions = {
  name: 'n',
  labels: [],
  timing: 'immediate',
  readout: 'membrane',
  burst: 4,
  steps: 4,
  start: 0.5,
  bits: 8,
  order: 'rgb',
  normalization: { mean: [0.4], std: [0.3] },
};

/** Three convolutions of three channels on an 8×8 image, then three classes; `weight` and `bias` scale channel 1 of a layer. */
function network(
  weak: number,
  weight: number,
  bias = 1,
  activation: Layer['activation'] = { kind: 'relu' },
): Ann {
  const r = new Random(7);
  const values = (n: number): Float32Array => Float32Array.from({ length: n }, () => r.int(-400, 400) / 1000);
  const layer = (i: number): Layer => {
    const isExit = i === 3;
    const inputs = i === 0 ? 1 : 3;
    const size = isExit ? 8 : 3;
    const weights = values(3 * inputs * size * size);
    const biases = values(3).map((b) => Math.abs(b));
    if (i === weak) {
      const per = weights.length / 3;
      for (let k = per; k < 2 * per; k++) weights[k] = (weights[k] as number) * weight;
      biases[1] = (biases[1] as number) * bias;
    }
    const projection: Convolution = {
      kind: 'conv',
      source: i === 0 ? IMAGE : i - 1,
      weights,
      groups: 1,
      kernel: [size, size],
      stride: [1, 1],
      padding: isExit ? [0, 0] : [1, 1],
    };
    return {
      name: `layer${i}`,
      tensor: `${i}`,
      shape: isExit ? [3, 1, 1] : [3, 8, 8],
      projections: [projection],
      bias: biases,
      activation: isExit ? { kind: 'none' } : activation,
    };
  };
  return { input: [1, 8, 8], layers: [0, 1, 2, 3].map(layer), exits: [3] };
}

function built(net: Ann, options: Partial<BuildOptions> = {}) {
  const ceilings = net.layers.map((l) => new Float64Array(l.shape[0]).fill(CEILING));
  return build(net, ceilings, { ...OPTIONS, ...options });
}

const at = (values: ArrayLike<number> | undefined, i: number): number => values?.[i] as number;

describe.each([0, 1e-20, 1e-9, 1e-6, 1e-4])('weights of one channel times %f', (weight) => {
  test.each([2, 4, 8])('keep threshold and bias in proportion in every layer, at %i bits', (bits) => {
    for (const readout of ['membrane', 'spikes'] as const)
      for (const steps of [1, 4, 4095])
        for (const weak of [0, 1, 2, 3]) {
          const burst = steps === 4095 ? 1 : 4;
          const net = network(weak, weight);
          const { model, neurons } = built(net, { bits, readout, steps, burst });
          const layer = model.layers[weak] as SpikingLayer;
          if (layer.readout === 'membrane') continue;
          const unit = at(neurons.amplitude[weak], 1) / at(layer.threshold, 1);
          // What the image's mean adds to the bias is as small as the weights.
          const real = at(net.layers[weak]?.bias, 1);
          expect(Math.abs(at(layer.bias, 1) * unit - real), `layer ${weak}, ${readout}`).toBeLessThan(0.01);
          expect(at(layer.threshold, 1)).toBeGreaterThan(100);
        }
  });

  test.each([0, 1, 2])('does not widen the membranes of layer %i', async (weak) => {
    const bits = async (net: Ann): Promise<number | undefined> => {
      const { model } = built(net, { steps: 2 });
      const images = new Random(3).bytes(64 * 20);
      const ranges = await membraneRanges(model, { images, labels: new Uint8Array(20), count: 20 }, 20);
      expect(coarserUnits(model, ranges)[weak]?.every((f) => f === 1)).toBe(true);
      return narrowMembranes(model, ranges).layers[weak]?.membraneBits;
    };
    expect(await bits(network(weak, weight))).toBe(await bits(network(weak, 1)));
  });
});

test('a bias as large as they come saturates its channel and stays in its field', () => {
  for (const bias of [1e6, -1e6, 1e12, 1e20])
    for (const weak of [0, 1, 2, 3]) {
      const { model } = built(network(weak, 1, bias), { steps: 4 });
      const { bias: whole, threshold } = model.layers[weak] as SpikingLayer;
      expect(Math.sign(at(whole, 1))).toBe(Math.sign(bias));
      // All steps together fit, and one of them is enough for K spikes.
      expect(Math.abs(at(whole, 1)) * 4).toBeLessThanOrEqual(2 ** 30 + 4);
      if (weak < 3) expect(Math.abs(at(whole, 1))).toBeGreaterThan(4 * at(threshold, 1));
    }
});

test('a slope of next to nothing has a negative threshold that is never reached', async () => {
  const { model } = built(network(0, 1, 1, { kind: 'leaky', slope: 1e-9 }));
  for (const layer of model.layers.slice(0, 3)) expect(at(layer.negative, 0)).toBe(2 ** 31 - 1);
  await expect(load(pack(model))).resolves.toBeDefined();
});

test('no field of the file wraps', () => {
  const { model } = built(network(0, 1));
  const layer = model.layers[0] as SpikingLayer;
  const withLayer = (change: Partial<SpikingLayer>): Model => ({
    ...model,
    layers: [{ ...layer, ...change }, ...model.layers.slice(1)],
  });
  const projection = layer.projections[0] as SpikingLayer['projections'][0];
  const row = { weights: [256], gain: 1 };
  const wrong: [Model, RegExp][] = [
    [withLayer({ projections: [{ ...projection, stride: [256, 1] }] }), /stride: 256/],
    [
      withLayer({ membraneBits: 16, threshold: new Int32Array(3).fill(40000) }),
      /threshold, channel 0: 40000/,
    ],
    [{ ...model, stop: [[2 ** 31]] }, /stop table, word 0: 2147483648/],
    [{ ...model, fusion: { kind: 'beta', rows: [[2 ** 32]] } }, /fusion table, [^:]+: 4294967296/],
    [
      { ...model, fusion: { kind: 'membrane', rows: [[{ ...row, gain: 2 ** 32 }]] } },
      /temperature: 4294967296/,
    ],
    [{ ...model, fusion: { kind: 'membrane', rows: [[{ ...row, weights: [0.5] }]] } }, /word 0: 0.5/],
    [{ ...model, padding: [256] }, /padding pixel: 256/],
    [{ ...model, steps: 65536 }, /steps: 65536/],
  ];
  for (const [bad, message] of wrong) {
    expect(() => pack(bad)).toThrow(Failure);
    expect(() => pack(bad)).toThrow(message);
  }
});
