import { describe, expect, test } from 'vitest';
import { load } from '../../host/node.ts';
import { type Built, build } from '../../tools/convert/build.ts';
import { floatPixels } from '../../tools/convert/calibration.ts';
import { inPixelOrder, normalizationOfPixels } from '../../tools/convert/channels.ts';
import { correctBiases } from '../../tools/convert/light.ts';
import { coarserUnits, narrowMembranes } from '../../tools/convert/membranes.ts';
import { floatNeurons } from '../../tools/convert/neurons.ts';
import { separatePools } from '../../tools/convert/pooling.ts';
import { lightCeilings, percentile } from '../../tools/convert/thresholds.ts';
import { pack } from '../../tools/file/pack.ts';
import type { Model } from '../../tools/model.ts';
import { type Ann, type Convolution, IMAGE, type Pooled } from '../../tools/network.ts';
import { forward } from '../../tools/reference/float.ts';
import { simulateFloat } from '../../tools/reference/float-spiking.ts';
import { type MembraneRange, simulate } from '../../tools/reference/simulate.ts';
import { Random } from '../models/random.ts';

/** A square convolution. */
function conv(
  source: number,
  weights: Float32Array,
  size: number,
  { stride = 1, padding = 0, groups = 1 } = {},
): Convolution {
  const square = (n: number): [number, number] => [n, n];
  const more = { kernel: square(size), stride: square(stride), padding: square(padding) };
  return { kind: 'conv', source, weights, groups, ...more };
}

/** conv 3×3 on a colour image, an early exit, another conv, the final exit. */
function network(seed: number): Ann {
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
        projections: [conv(IMAGE, values(108, 0.3), 3, { padding: 1 })],
        bias: values(4, 0.1),
        activation: { kind: 'qcfs', levels: 4, ceiling: 1.5 },
      },
      {
        name: 'early',
        tensor: 'e',
        shape: [3, 1, 1],
        projections: [{ kind: 'pooled', source: 0, weights: values(12, 1) }],
        bias: values(3, 0.1),
        activation: { kind: 'none' },
      },
      {
        name: 'b',
        tensor: 'b',
        shape: [6, 4, 4],
        projections: [conv(0, values(216, 0.3), 3, { stride: 2, padding: 1 })],
        bias: values(6, 0.1),
        activation: { kind: 'qcfs', levels: 4, ceiling: 2 },
      },
      {
        name: 'final',
        tensor: 'f',
        shape: [3, 1, 1],
        projections: [conv(2, values(288, 0.3), 4)],
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
  readout: 'membrane',
  burst: 4,
  steps: 3,
  start: 0.5,
  bits: 8,
  order: 'rgb',
  normalization,
} as const;
/** One λ per layer, the same for its channels. */
function uniform(net: Ann, ceilings: number[]): Float64Array[] {
  return net.layers.map((l, i) => new Float64Array(l.shape[0]).fill(ceilings[i] as number));
}

const CEILINGS = uniform(network(1), [1.5, Number.NaN, 2, Number.NaN]);

describe('quantization', () => {
  test('integer inputs follow the float network, normalised colour and padding included', () => {
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
      const block: Ann['layers'][0] = {
        ...first,
        name: 'b',
        bias: small(4),
        projections: [
          conv(0, small(36), 3, { padding: 1, groups: 4 }),
          conv(0, new Float32Array(4).fill(1), 1, { groups: 4 }),
        ],
      };
      const exit: Ann['layers'][0] = {
        ...(net.layers[1] as Ann['layers'][0]),
        projections: [{ kind: 'pooled', source: 1, weights: small(12) }],
      };
      const residual: Ann = { input: net.input, layers: [first, block, exit], exits: [2] };
      const { model, units, weightErrors } = build(residual, uniform(residual, [1.5, 1.5, Number.NaN]), {
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
    const { model, units, neurons } = build(net, CEILINGS, { ...options, labels: [], burst: 1 });
    const pixels = new Random(3).bytes(192);
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

  test('scales are per channel, and one for all classes of a membrane readout', () => {
    const { model } = build(network(1), CEILINGS, { ...options, labels: [] });
    const conv = model.layers[2];
    const peaks = new Array<number>(6).fill(0);
    conv?.projections[0]?.weights.forEach((w, i) => {
      peaks[i % 6] = Math.max(peaks[i % 6] as number, Math.abs(w));
    });
    expect(peaks).toEqual(new Array(6).fill(127));
    const final = model.layers[3]?.projections[0]?.weights as Int8Array;
    expect(Math.max(...final.map(Math.abs))).toBe(127);
  });

  test('every threshold is a whole number of units', () => {
    const { model, neurons } = build(network(2), CEILINGS, { ...options, labels: [] });
    const spikes = [...simulate({ ...model, steps: 1 }, new Uint8Array(192).fill(255))][0]?.spikes[0];
    expect(spikes?.some((n) => n > 0)).toBe(true);
    for (const l of [0, 2]) {
      const { threshold } = model.layers[l] as Model['layers'][0];
      expect(neurons.amplitude[l]?.[0]).toBeCloseTo((CEILINGS[l]?.[0] as number) / 4);
      // The image's layer can be shifted right by five bits without rounding one.
      if (l === 0) expect([...threshold].every((t) => t < 512 || t % 32 === 0)).toBe(true);
    }
  });

  test('a separate pool neuron pools what the pooled classifier summed', async () => {
    const net = separatePools(network(4));
    expect(net.layers.map((l) => l.projections[0]?.kind)).toEqual(['conv', 'pool', 'conv', 'conv', 'conv']);
    expect(net.exits).toEqual([2, 4]);
    const { model } = build(net, uniform(net, [1.5, 1, 1, 2, 1]), {
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
    const fits = { drive: -12000, most: 8000, peak: 16000 };
    const { layers, room } = narrowMembranes(
      model,
      everyChannel(model, [fits, fits, { drive: -12400, most: 10, peak: 10 }, fits]),
    );
    expect(layers.map((l) => l.membraneBits)).toEqual([16, 32, 32, 32]);
    expect(room[2]).toBeCloseTo(24576 / 12400);
  });

  test('a channel that lacks room gets a coarser unit, and the layer 16 bits', () => {
    const net = network(1);
    const fine = build(net, CEILINGS, { ...options, labels: [] });
    const none = { drive: 0, most: 0, peak: 0 };
    const ranges = everyChannel(fine.model, [none, none, none, none]);
    const wide = (ranges[2] as MembraneRange[]).with(1, { drive: -10, most: 20000, peak: 20000 });
    const seen = ranges.with(2, wide);
    expect(narrowMembranes(fine.model, seen).layers[2]?.membraneBits).toBe(32);
    const coarser = coarserUnits(fine.model, seen);
    const by = coarser[2]?.[1] as number;
    expect(coarser[2]).toEqual([1, by, 1, 1, 1, 1]);
    expect(by).toBeGreaterThan(1);
    expect(by).toBeLessThan(4);
    const least = fine.layerUnits.map((u, l) => u.map((x, c) => x * (coarser[l]?.[c] as number)));
    const again = build(net, CEILINGS, { ...options, labels: [] }, least);
    const [before, after] = [fine, again].map(({ model }) => model.layers[2]?.threshold as Int32Array);
    expect((after?.[1] as number) / (before?.[1] as number)).toBeCloseTo(1 / by, 1);
    expect(after?.[0]).toBe(before?.[0]);
    const shrunk = seen.with(
      2,
      wide.map(({ drive, most, peak }) => ({ drive: drive / by, most: most / by, peak: peak / by })),
    );
    expect(narrowMembranes(again.model, shrunk).layers[2]?.membraneBits).toBe(16);
    // Four times is the most.
    const hopeless = seen.with(2, wide.with(1, { drive: -10, most: 90000, peak: 90000 }));
    expect(coarserUnits(fine.model, hopeless)[2]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test('in one step the image’s input may be clamped where it makes all spikes anyway', () => {
    const net = network(1);
    const { model } = build(net, CEILINGS, { ...options, labels: [], steps: 1 });
    const none = { drive: 0, most: 0, peak: 0 };
    const huge = { drive: -(2 ** 24), most: 2 ** 24, peak: 2 ** 24 };
    const seen = everyChannel(model, [huge, none, none, none]);
    const { layers } = narrowMembranes(model, seen);
    expect(layers[0]).toMatchObject({ membraneBits: 16 });
    const most = Math.max(...(layers[0]?.threshold ?? []));
    expect(most * (layers[0]?.burst as number)).toBeLessThanOrEqual(16383);
    const narrow = { ...model, layers };
    for (let seed = 1; seed <= 5; seed++) {
      const pixels = new Random(seed).bytes(192);
      const [wide, clamped] = [model, narrow].map(
        (m) => [...simulate(m, pixels)][0]?.spikes[0] as Int16Array,
      );
      expect(clamped).toEqual(wide);
    }
    expect(narrowMembranes({ ...model, steps: 3 }, seen).layers[0]?.membraneBits).toBe(32);
  });

  test('the image’s input is shifted until it has room, unless thresholds get too coarse', () => {
    const { model } = build(network(1), CEILINGS, { ...options, labels: [] });
    const none = { drive: 0, most: 0, peak: 0 };
    const narrow = (most: number): Model['layers'][0] =>
      narrowMembranes(model, everyChannel(model, [{ drive: -10, most, peak: most }, none, none, none]))
        .layers[0] as Model['layers'][0];
    expect(narrow(8191).shift).toBe(0);
    expect(narrow(8200).shift).toBe(1);
    expect(narrow(65000)).toMatchObject({ shift: 3, membraneBits: 16 });
    expect([...narrow(65000).threshold]).toEqual([...(model.layers[0]?.threshold ?? [])].map((t) => t / 8));
    expect(narrow(2 ** 24)).toMatchObject({ shift: 0, membraneBits: 32 });
  });
});

function everyChannel(model: Model, ranges: MembraneRange[]): MembraneRange[][] {
  return model.layers.map(({ shape }, l) => new Array(shape[0]).fill(ranges[l]) as MembraneRange[]);
}

/** image → conv → the layers given → pooled exit. */
function chain(seed: number, activation: Ann['layers'][0]['activation'], more: Ann['layers'] = []): Ann {
  const base = network(seed);
  const [conv, exit] = base.layers as [Ann['layers'][0], Ann['layers'][0]];
  const layers = [{ ...conv, activation }, ...more];
  const last = { ...exit, projections: [{ ...(exit.projections[0] as Pooled), source: layers.length - 1 }] };
  return { input: base.input, layers: [...layers, last], exits: [layers.length] };
}

/** Evidence of the only exit in real units, in the last step. */
function evidence(built: Built, pixels: Uint8Array): number[] {
  const last = [...simulate(built.model, pixels)].at(-1);
  return (last?.evidence[0] ?? []).map((v) => v * (built.units[0] as number));
}

test('LeakyReLU fires negative spikes, and their rate is the slope’s', () => {
  const net = chain(5, { kind: 'leaky', slope: 0.25 });
  const built = build(net, uniform(net, [2.5, Number.NaN]), { ...options, labels: [], burst: 8, steps: 16 });
  expect(built.model.layers[0]?.negative?.[0]).toBe((built.model.layers[0]?.threshold[0] as number) * 4);
  const pixels = new Random(9).bytes(192);
  const want = forward(net, pixels, normalization);
  expect((want[0] as Float64Array).some((x) => x < -0.1)).toBe(true);
  const spikes = [...simulate(built.model, pixels)].at(-1)?.spikes[0] as Int16Array;
  expect(spikes.some((n) => n < 0) && spikes.some((n) => n > 0)).toBe(true);
  const got = evidence(built, pixels);
  got.forEach((v, k) => {
    expect(Math.abs(v / 16 - (want[1]?.[k] as number))).toBeLessThan(0.05);
  });
  // Narrowed, the neurons may sink below their negative thresholds.
  const range = { drive: -100, most: 100, peak: 100 };
  const narrow = narrowMembranes(built.model, everyChannel(built.model, [range, range]))
    .layers[0] as Model['layers'][0];
  expect(narrow).toMatchObject({ membraneBits: 16, floor: -16384 });
});

test('an average pool is exact: as many spikes as parts of the mean', () => {
  const average: Ann['layers'][0] = {
    name: 'pool',
    tensor: 'p',
    shape: [4, 4, 4],
    projections: [{ kind: 'average', source: 0, kernel: [2, 2], stride: [2, 2], padding: [0, 0] }],
    bias: new Float32Array(4),
    activation: { kind: 'none' },
  };
  const qcfs = { kind: 'qcfs', levels: 4, ceiling: 1.5 } as const;
  const net = chain(6, qcfs, [average]);
  const built = build(net, uniform(net, [1.5, Number.NaN, Number.NaN]), { ...options, labels: [], steps: 3 });
  expect(built.model.layers[1]).toMatchObject({ burst: 16, shape: [4, 4, 4] });
  expect([...(built.model.layers[1]?.threshold ?? [])]).toEqual([1, 1, 1, 1]);
  const pixels = new Random(11).bytes(192);
  for (const step of simulate(built.model, pixels)) {
    const [from, to] = step.spikes as [Int16Array, Int16Array];
    expect(from.some((n) => n > 0)).toBe(true);
    to.forEach((n, i) => {
      const [c, y, x] = [Math.floor(i / 16), Math.floor(i / 4) % 4, i % 4] as [number, number, number];
      const at = (dy: number, dx: number): number => from[(c * 8 + 2 * y + dy) * 8 + 2 * x + dx] as number;
      expect(n).toBe(at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1));
    });
  }
});

test.each([
  'immediate',
  'pipelined',
] as const)('a max pool has the largest count, step by step, %s', (timing) => {
  const max: Ann['layers'][0] = {
    name: 'pool',
    tensor: 'p',
    shape: [4, 4, 4],
    projections: [{ kind: 'max', source: 0, kernel: [3, 3], stride: [2, 2], padding: [1, 1] }],
    bias: new Float32Array(4),
    activation: { kind: 'none' },
  };
  const qcfs = { kind: 'qcfs', levels: 4, ceiling: 1.5 } as const;
  const net = chain(6, qcfs, [max]);
  const ceilings = uniform(net, [1.5, Number.NaN, Number.NaN]);
  const built = build(net, ceilings, { ...options, labels: [], steps: 6, burst: 2, timing });
  const pixels = new Random(11).bytes(192);
  let [before, counts] = [new Int32Array(256), new Int32Array(256)];
  const sent = new Int32Array(64);
  let late = 0;
  for (const step of simulate(built.model, pixels)) {
    const [from, to] = step.spikes as [Int16Array, Int16Array];
    counts = counts.map((n, i) => n + (from[i] as number));
    const seen = timing === 'immediate' ? counts : before;
    to.forEach((n, i) => {
      expect(n).toBeLessThanOrEqual(2);
      sent[i] = (sent[i] as number) + n;
      const [c, y, x] = [Math.floor(i / 16), Math.floor(i / 4) % 4, i % 4] as [number, number, number];
      let most = 0;
      for (let iy = Math.max(0, 2 * y - 1); iy <= 2 * y + 1; iy++)
        for (let ix = Math.max(0, 2 * x - 1); ix <= 2 * x + 1; ix++)
          most = Math.max(most, seen[(c * 8 + iy) * 8 + ix] as number);
      expect(sent[i]).toBe(most);
      if (n > 0 && step.step > 2) late++;
    });
    before = counts;
  }
  expect(late).toBeGreaterThan(0);
});

test('bias correction brings every channel’s mean to the ANN’s', () => {
  const net = chain(7, { kind: 'relu' });
  const images = Array.from({ length: 8 }, (_, i) => new Random(i + 1).bytes(192));
  const outputs = images.map((pixels) => forward(net, pixels, normalization));
  // [n][channel][y][x], as ONNX Runtime gives them.
  const activations = (l: number): Float32Array => {
    const [channels, h, w] = (net.layers[l] as Ann['layers'][0]).shape;
    return Float32Array.from(
      outputs.flatMap((o) =>
        Array.from(
          { length: channels * h * w },
          (_, i) => o[l]?.[(i % (h * w)) * channels + Math.floor(i / (h * w))] as number,
        ),
      ),
    );
  };
  const ceilings = lightCeilings(net, activations, 3);
  expect(new Set(ceilings[0]).size).toBe(4);
  const neurons = floatNeurons(net, ceilings, { ...options, burst: 3 });
  const corrected = correctBiases(net, neurons, images, normalization, activations, 1);
  const meanError = (n: Ann): number => {
    const error = new Float64Array(3);
    images.forEach((pixels, i) => {
      const [step] = [...simulateFloat(n, pixels, normalization, neurons, 1)];
      step?.[0]?.forEach((v, k) => {
        error[k] = (error[k] as number) + (v - (outputs[i]?.[1]?.[k] as number)) / images.length;
      });
    });
    return Math.max(...error.map(Math.abs));
  };
  expect(meanError(corrected)).toBeLessThan(meanError(net) / 5);
  expect(net.layers[0]?.bias).not.toEqual(corrected.layers[0]?.bias);
});

test('fewer bits take fewer bytes, and scales shrink where outliers would coarsen them', () => {
  const sizes = [8, 6, 4].map((bits) => {
    const { model, weightErrors } = build(network(1), CEILINGS, { ...options, labels: [], bits });
    expect(weightErrors[2]?.error).toBeLessThan(2 ** -(bits - 2));
    const most = 2 ** (bits - 1) - 1;
    expect(model.layers[2]?.projections[0]?.weights.every((w) => Math.abs(w) <= most)).toBe(true);
    // The image's layer and the classifiers keep theirs.
    expect(model.layers.map((l) => l.projections[0]?.bits)).toEqual([8, 8, bits, 8]);
    return pack(model).length;
  });
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  expect(new Set(sizes).size).toBe(3);
});

test('percentiles interpolate between neighbours', () => {
  const values = Float32Array.from([4, 1, 3, 2]);
  expect(percentile(values, 0)).toBe(1);
  expect(percentile(values, 50)).toBe(2.5);
  expect(percentile(values, 100)).toBe(4);
});

test('a network trained on BGR sees the same in RGB once its weights have changed places', () => {
  const net = network(8);
  const rgb = inPixelOrder(net, 'bgr', 'x.onnx');
  const pixels = new Random(12).bytes(192);
  const swapped = pixels.map((_, i) => pixels[i - (i % 3) + 2 - (i % 3)] as number);
  const order = normalizationOfPixels(normalization, 'bgr');
  expect(order.mean).toEqual([0.45, 0.48, 0.49]);
  expect(forward(rgb, pixels, order)).toEqual(forward(net, swapped, normalization));
  expect(forward(rgb, pixels, order)).not.toEqual(forward(net, pixels, normalization));
  const data = { images: pixels, labels: Uint8Array.of(0), count: 1 };
  const seen = floatPixels(net, data, 0, 1, { normalization: order, order: 'bgr' });
  expect(seen).toEqual(floatPixels(net, { ...data, images: swapped }, 0, 1, { normalization, order: 'rgb' }));
  expect(() => inPixelOrder({ ...net, input: [1, 8, 8] }, 'bgr', 'x.onnx')).toThrow('--order bgr: x.onnx');
});

test('a row that events cannot number is refused by name', () => {
  const net = network(1);
  const wide: Ann['layers'][0] = { ...(net.layers[0] as Ann['layers'][0]), shape: [4, 8, 20000] };
  const tooWide = { ...net, layers: [wide] };
  expect(() => build(tooWide, uniform(tooWide, [1]), { ...options, labels: [] })).toThrow(
    'node "a": 4 channels on a row of 20000, at most 65535 fit',
  );
});
