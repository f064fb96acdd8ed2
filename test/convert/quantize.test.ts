import { describe, expect, test } from 'vitest';
import { load } from '../../host/node.ts';
import { build, narrowMembranes } from '../../tools/convert/build.ts';
import { separatePools } from '../../tools/convert/pooling.ts';
import { percentile } from '../../tools/convert/thresholds.ts';
import { IMAGE, type Network } from '../../tools/network.ts';
import { pack } from '../../tools/pack.ts';
import { forward, simulateFloat } from '../../tools/reference/float.ts';
import { simulate } from '../../tools/reference/simulate.ts';
import { Random } from '../models/random.ts';

/** conv 3×3 on a colour image, an early exit, another conv, the final exit. */
function network(seed: number): Network {
  const r = new Random(seed);
  const values = (n: number, size: number): Float32Array =>
    Float32Array.from({ length: n }, () => (size * r.int(-1000, 1000)) / 1000);
  return {
    input: [3, 8, 8],
    layers: [
      {
        name: 'a',
        tensor: 'a',
        shape: [4, 8, 8],
        synapses: [
          {
            kind: 'conv',
            source: IMAGE,
            weights: values(108, 0.3),
            kernel: [3, 3],
            stride: [1, 1],
            padding: [1, 1],
          },
        ],
        bias: values(4, 0.1),
        activation: { kind: 'qcfs', levels: 4, ceiling: 1.5 },
      },
      {
        name: 'early',
        tensor: 'e',
        shape: [3, 1, 1],
        synapses: [{ kind: 'pooled', source: 0, weights: values(12, 1) }],
        bias: values(3, 0.1),
        activation: { kind: 'none' },
      },
      {
        name: 'b',
        tensor: 'b',
        shape: [6, 4, 4],
        synapses: [
          {
            kind: 'conv',
            source: 0,
            weights: values(216, 0.3),
            kernel: [3, 3],
            stride: [2, 2],
            padding: [1, 1],
          },
        ],
        bias: values(6, 0.1),
        activation: { kind: 'qcfs', levels: 4, ceiling: 2 },
      },
      {
        name: 'final',
        tensor: 'f',
        shape: [3, 1, 1],
        synapses: [
          {
            kind: 'conv',
            source: 2,
            weights: values(288, 0.3),
            kernel: [4, 4],
            stride: [1, 1],
            padding: [0, 0],
          },
        ],
        bias: values(3, 0.1),
        activation: { kind: 'none' },
      },
    ],
    exits: [1, 3],
  };
}

const normalization = { mean: [0.49, 0.48, 0.45], std: [0.25, 0.24, 0.26] };
const options = {
  name: 'n',
  labels: [],
  timing: 'immediate',
  readout: 'current',
  burst: 4,
  steps: 3,
  start: 0.5,
  normalization,
} as const;
const CEILINGS = [1.5, Number.NaN, 2, Number.NaN];

describe('quantization', () => {
  test('integer currents follow the float network, normalised colour and padding included', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const net = network(seed);
      const { model, units } = build(net, CEILINGS, { ...options, labels: [] });
      const pixels = new Random(seed).bytes(192);
      const floats = forward(net, pixels, normalization);
      const [step] = [...simulate({ ...model, steps: 1 }, pixels)];
      // Behind the early exit, staircases of random weights amplify every rounding: there nothing could be said.
      const want = [...(floats[1] as Float64Array)];
      const got = (step?.evidence[0] as number[]).map((v) => v * (units[0] as number));
      const size = Math.max(1, ...want.map(Math.abs));
      got.forEach((v, k) => {
        expect(Math.abs(v - (want[k] as number)), `seed ${seed}`).toBeLessThan(0.03 * size);
      });
    }
  });

  test('residual sums and depthwise convolutions follow the float network too', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const net = network(seed);
      const r = new Random(seed + 50);
      const small = (n: number): Float32Array =>
        Float32Array.from({ length: n }, () => r.int(-300, 300) / 1000);
      const [first] = net.layers;
      if (first === undefined) throw new Error('no layers');
      // a → b = QCFS(depthwise(a) + a), read by one exit.
      const block: Network['layers'][0] = {
        ...first,
        name: 'b',
        bias: small(4),
        synapses: [
          {
            kind: 'depthwise',
            source: 0,
            weights: small(36),
            kernel: [3, 3],
            stride: [1, 1],
            padding: [1, 1],
          },
          {
            kind: 'depthwise',
            source: 0,
            weights: new Float32Array(4).fill(1),
            kernel: [1, 1],
            stride: [1, 1],
            padding: [0, 0],
          },
        ],
      };
      const exit: Network['layers'][0] = {
        ...(net.layers[1] as Network['layers'][0]),
        synapses: [{ kind: 'pooled', source: 1, weights: small(12) }],
      };
      const residual: Network = { input: net.input, layers: [first, block, exit], exits: [2] };
      const { model, units, weightErrors } = build(residual, [1.5, 1.5, Number.NaN], {
        ...options,
        labels: [],
      });
      const pixels = new Random(seed).bytes(192);
      const want = forward(residual, pixels, normalization)[2] as Float64Array;
      const [step] = [...simulate({ ...model, steps: 1 }, pixels)];
      const size = Math.max(0.1, ...want.map(Math.abs));
      want.forEach((v, k) => {
        const got = (step?.evidence[0]?.[k] as number) * (units[0] as number);
        expect(Math.abs(got - v), `seed ${seed}`).toBeLessThan(0.08 * size);
      });
      for (const { error } of weightErrors) expect(error).toBeLessThan(0.02);
    }
  });

  test('the float spiking network takes the same steps as the integers', () => {
    const net = network(3);
    const { model, units, amplitudes } = build(net, CEILINGS, { ...options, labels: [], burst: 1 });
    const pixels = new Random(3).bytes(192);
    const neurons = {
      amplitude: amplitudes,
      burst: 1,
      start: 0.5,
      timing: 'immediate',
      readout: 'current',
    } as const;
    const floats = [...simulateFloat(net, pixels, normalization, neurons, 16)].at(-1) as Float64Array[];
    const integers = [...simulate({ ...model, steps: 16 }, pixels)].at(-1);
    const want = floats[0] as Float64Array;
    const size = Math.max(...want.map(Math.abs));
    want.forEach((v, k) => {
      expect(Math.abs((integers?.evidence[0]?.[k] as number) * (units[0] as number) - v)).toBeLessThan(
        0.03 * size,
      );
    });
  });

  test('scales are per channel, and one for all classes of a current readout', () => {
    const { model } = build(network(1), CEILINGS, { ...options, labels: [] });
    const conv = model.layers[2];
    const peaks = new Array<number>(6).fill(0);
    conv?.synapses[0]?.weights.forEach((w, i) => {
      peaks[i % 6] = Math.max(peaks[i % 6] as number, Math.abs(w));
    });
    expect(peaks).toEqual(new Array(6).fill(127));
    const final = model.layers[3]?.synapses[0]?.weights as Int8Array;
    expect(Math.max(...final.map(Math.abs))).toBe(127);
  });

  test('every image current and threshold of the first layer fits 16 bits', () => {
    const { model } = build(network(2), CEILINGS, { ...options, labels: [] });
    const first = model.layers[0];
    const white = Math.max(...(first?.bias ?? []).map(Math.abs)) + 27 * 127 * 255;
    expect(white / 2 ** (first?.shift ?? 0)).toBeLessThan(32767);
    expect(Math.max(...(first?.threshold ?? []))).toBeLessThan(8192);
  });

  test('a separate pool neuron pools what the pooled classifier summed', async () => {
    const net = separatePools(network(4));
    expect(net.layers.map((l) => l.synapses[0]?.kind)).toEqual(['conv', 'pool', 'conv', 'conv', 'conv']);
    expect(net.exits).toEqual([2, 4]);
    const { model } = build(net, [1.5, 1, 1, 2, 1], {
      ...options,
      labels: [],
      readout: 'spikes',
      timing: 'pipelined',
      burst: 1,
    });
    await expect(load(pack(model))).resolves.toBeDefined();
    // 8×8 positions, each spike worth λ/K of its layer: the mean reaches 1 after 64·1/1.5 spikes.
    expect([...(model.layers[1]?.threshold ?? [])]).toEqual(new Array(4).fill(Math.round(64 / 1.5)));
  });

  test('membranes are narrowed only with room for twice what was seen', () => {
    const { model } = build(network(1), CEILINGS, { ...options, labels: [] });
    const fits = { drive: -12000, peak: 16000 };
    const { layers } = narrowMembranes(model, [fits, fits, { drive: -12400, peak: 10 }, fits]);
    expect(layers.map((l) => l.membraneBits)).toEqual([16, 32, 32, 32]);
    expect(
      narrowMembranes(model, [{ drive: 0, peak: 17000 }, fits, fits, fits]).layers[0]?.membraneBits,
    ).toBe(32);
  });
});

test('percentiles interpolate between neighbours', () => {
  const values = Float32Array.from([4, 1, 3, 2]);
  expect(percentile(values, 0)).toBe(1);
  expect(percentile(values, 50)).toBe(2.5);
  expect(percentile(values, 100)).toBe(4);
});
