/** The float side against ONNX Runtime: what spikes count is what the trained network computes. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { load } from '../../host/node.ts';
import { type BuildOptions, build } from '../../tools/convert/build.ts';
import { robustCeilings, trainedCeilings } from '../../tools/convert/thresholds.ts';
import type { Dataset } from '../../tools/data/dataset.ts';
import { mnistTest } from '../../tools/data/idx.ts';
import { pack } from '../../tools/file/pack.ts';
import { openOnnx } from '../../tools/import/onnx/open.ts';
import type { FloatResult } from '../../tools/import/source.ts';
import type { Ann, Shape } from '../../tools/network.ts';

const OPTIONS: BuildOptions = {
  name: 'test',
  labels: [],
  timing: 'immediate',
  readout: 'membrane',
  burst: 1,
  steps: 1,
  start: 0.5,
  bits: 8,
  order: 'rgb',
  normalization: { mean: [0], std: [1] },
};
const IMAGES = 4;
let data: Dataset;

beforeAll(async () => {
  data = await mnistTest(200);
});

async function annOf(file: string, images: number): Promise<{ network: Ann; result: FloatResult }> {
  const onnx = new Uint8Array(readFileSync(`models/${file}`));
  const { network, openFloat } = openOnnx(onnx, file);
  const tensors = network.layers.map((l) => l.tensor);
  const ann = await openFloat(tensors);
  const pixels = Float32Array.from(data.images.subarray(0, images * 784), (p) => p / 255);
  return { network, result: await ann.run(pixels, images, tensors) };
}

/** One image of an ONNX tensor, from [channel][y][x] to the engine's [y][x][channel]. */
function channelsLast(tensor: Float32Array, image: number, [channels, height, width]: Shape): Float32Array {
  const size = channels * height * width;
  return Float32Array.from({ length: size }, (_, i) => {
    const position = Math.floor(i / channels);
    return tensor[image * size + (i % channels) * height * width + position] as number;
  });
}

/** Spikes of every neuron of every layer over all steps. */
async function spikeCounts(model: Uint8Array, image: number): Promise<Float64Array[]> {
  const net = await load(model);
  const totals = net.info.layers.map((l) => new Float64Array(l.neurons));
  for (const _ of net.run(data.images.subarray(image * 784, (image + 1) * 784), { mayStop: false })) {
    totals.forEach((sum, l) => {
      const { index, count } = net.layerEvents(l);
      index.forEach((n, i) => {
        sum[n] = (sum[n] as number) + (count[i] as number);
      });
    });
  }
  return totals;
}

describe('a ReLU network', () => {
  test('spike rates converge to the activations of ONNX Runtime, as one over the steps', async () => {
    const { network, result } = await annOf('mnist-relu.onnx', 200);
    // The largest activation as ceiling: nothing is clipped, so only the steps limit the rates.
    const ceilings = robustCeilings(
      network,
      (i) => result.tensors.get(network.layers[i]?.tensor as string) as Float32Array,
      100,
      'means',
    );
    const errors: number[][] = [];
    for (const steps of [32, 128, 512]) {
      const { model, neurons } = build(network, ceilings, { ...OPTIONS, steps });
      const bytes = pack(model);
      const error = network.layers.map(() => 0);
      for (let image = 0; image < IMAGES; image++) {
        const counts = await spikeCounts(bytes, image);
        network.layers.forEach((layer, l) => {
          if (network.exits.includes(l)) return;
          const want = channelsLast(result.tensors.get(layer.tensor) as Float32Array, image, layer.shape);
          let sum = 0;
          want.forEach((activation, n) => {
            const rate = ((counts[l]?.[n] as number) / steps) * (neurons.amplitude[l]?.[0] as number);
            sum += Math.abs(rate - Math.min(activation, ceilings[l]?.[0] as number));
          });
          error[l] = (error[l] as number) + sum / want.length / (ceilings[l]?.[0] as number) / IMAGES;
        });
      }
      errors.push(error);
    }
    const [few, more, many] = errors as [number[], number[], number[]];
    network.layers.forEach((layer, l) => {
      if (network.exits.includes(l)) return;
      expect(more[l], layer.name).toBeLessThan((few[l] as number) / 2);
      expect(many[l], layer.name).toBeLessThan((more[l] as number) / 1.5);
      // What is left is the int8 weights, in shares of the ceiling.
      expect(many[l], layer.name).toBeLessThan(0.01);
    });
  });
});

describe('a QCFS network', () => {
  test('one step of bursts is the ANN, level by level', async () => {
    const { network, result } = await annOf('mnist.onnx', IMAGES);
    const ceilings = trainedCeilings(network);
    const { model } = build(network, ceilings, { ...OPTIONS, burst: 4 });
    const bytes = pack(model);
    for (let image = 0; image < IMAGES; image++) {
      const counts = await spikeCounts(bytes, image);
      network.layers.forEach((layer, l) => {
        if (network.exits.includes(l)) return;
        const want = channelsLast(result.tensors.get(layer.tensor) as Float32Array, image, layer.shape);
        const step = (ceilings[l]?.[0] as number) / 4;
        let same = 0;
        let most = 0;
        want.forEach((activation, n) => {
          const difference = Math.abs(Math.round(activation / step) - (counts[l]?.[n] as number));
          if (difference === 0) same++;
          most = Math.max(most, difference);
        });
        // int8 weights move neurons that stand at an edge of the staircase, more of them layer by layer.
        expect(same / want.length, `${layer.name}, image ${image}`).toBeGreaterThan(l === 0 ? 0.99 : 0.9);
        expect(most, `${layer.name}, image ${image}`).toBeLessThanOrEqual(l === 0 ? 1 : 2);
      });
    }
  });
});
