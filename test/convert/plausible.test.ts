/** Accuracy that says something, beside what a guess would get. */
import { expect, test } from 'vitest';
import { build } from '../../tools/convert/build.ts';
import { checkPadding, withPixelScale } from '../../tools/convert/pixels.ts';
import { chanceOf } from '../../tools/convert/plausible.ts';
import { silentStage } from '../../tools/convert/silent.ts';
import { depth } from '../../tools/convert/steps.ts';
import type { Ann } from '../../tools/network.ts';
import type { Stage } from '../../tools/terminal/stages.ts';

test('a guess, and luck: less of it on more images, and never all that is left', () => {
  const even = chanceOf(
    Uint8Array.from({ length: 1000 }, (_, i) => i % 10),
    1000,
  );
  expect(even.chance).toBeCloseTo(0.1);
  expect(even.limit).toBeCloseTo(0.1 + 3 * Math.sqrt(0.09 / 1000));
  const one = chanceOf(
    Uint8Array.from({ length: 100 }, (_, i) => Number(i === 0)),
    100,
  );
  expect(one.limit).toBeCloseTo(0.995);
});

const layer = (source: number, weights: Float32Array, bias: Float32Array): Ann['layers'][0] => ({
  name: `after ${source}`,
  tensor: `${source}`,
  shape: [2, 1, 1],
  projections: [
    { kind: 'conv', source, weights, groups: 1, kernel: [1, 1], stride: [1, 1], padding: [0, 0] },
  ],
  bias,
  activation: { kind: 'relu' },
});

test('scales of the graph come behind those of the data loader, in the order of the pixels', () => {
  const given = { mean: [0.5, 0.25, 0], std: [0.5, 1, 2] };
  const scale = { scale: [2, 4, 8], shift: [1, 0, -1] };
  const seen = withPixelScale(given, scale, 'rgb');
  for (const [c, pixel] of [0.3, 0.6, 0.9].entries()) {
    const [mean, std] = [given.mean[c] as number, given.std[c] as number];
    const want = ((pixel - mean) / std) * (scale.scale[c] as number) + (scale.shift[c] as number);
    expect((pixel - (seen.mean[c] as number)) / (seen.std[c] as number)).toBeCloseTo(want);
  }
  expect(withPixelScale(given, scale, 'bgr').std).toEqual([0.5 / 8, 1 / 4, 2 / 2]);
  expect(withPixelScale(given, { scale: [2], shift: [0] }, 'bgr').std).toEqual([0.25, 0.5, 1]);
  expect(withPixelScale(given, undefined, 'rgb')).toEqual(given);
});

test('zeros around a normalised image must be pixels', () => {
  const image = layer(-1, new Float32Array(4), new Float32Array(2));
  const net = (padding: [number, number]): Ann => ({
    input: [2, 1, 1],
    layers: [
      { ...image, projections: image.projections.map((s) => (s.kind === 'conv' ? { ...s, padding } : s)) },
    ],
    exits: [0],
  });
  const far = { mean: [-0.5, 0], std: [1, 1] };
  checkPadding(net([0, 0]), far, 'n');
  expect(() => checkPadding(net([1, 0]), far, 'n')).toThrow(
    'n: node "after -1": the zeros of its padding are pixels of -127.5',
  );
  checkPadding(net([1, 0]), { mean: [0, 1], std: [1, 1] }, 'n');
  const options = {
    name: 'n',
    labels: [],
    timing: 'immediate',
    readout: 'membrane',
    burst: 1,
    steps: 1,
    start: 0,
    bits: 8,
    order: 'rgb',
  } as const;
  const { model } = build(net([0, 0]), [new Float64Array(2).fill(1)], {
    ...options,
    labels: [],
    normalization: far,
  });
  expect(model.padding).toEqual([0, 0]);
});

test('the depth is the longest way, and channels that never speak are named with what they take', () => {
  const layers = [
    layer(-1, new Float32Array(4), new Float32Array(2)),
    layer(0, new Float32Array(4), new Float32Array(2)),
    layer(0, new Float32Array(4), new Float32Array(2)),
    layer(2, new Float32Array(4), new Float32Array(2)),
  ];
  const network: Ann = { input: [2, 1, 1], layers, exits: [3] };
  expect(depth(network)).toBe(3);
  const stages: Stage[] = [];
  const values = [
    [1, 0, 2, 0],
    [0, 0, 0, 0],
    [1, 1, 0, 1],
    [0, 0, 0, 0],
  ].map((v) => Float32Array.from(v));
  silentStage(
    network,
    (i) => values[i] as Float32Array,
    2,
    (stage) => stages.push(stage),
  );
  expect(stages.map((s) => s.text)).toEqual([
    'never active on 2 images: after -1: 1 of 2 channels (1 neurons, 2 weights); after 0: all channels (2 neurons, 4 weights); they cost memory, prune them',
  ]);
  silentStage(
    network,
    () => Float32Array.of(1, 1),
    1,
    () => expect.unreachable(),
  );
});
