import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { load, ModelError, Network } from '../../host/node.ts';
import type { Dataset } from '../../tools/data/dataset.ts';
import { mnistTest } from '../../tools/data/idx.ts';
import { pack } from '../../tools/file/pack.ts';
import { MODELS, shippedModel } from '../../tools/file/shipped.ts';
import { randomModel } from '../models/random.ts';

let model: Uint8Array;
let data: Dataset;

beforeAll(async () => {
  model = (await shippedModel(MODELS.default)).bytes;
  data = await mnistTest(50);
});

const image = (i: number): Uint8Array => data.images.subarray(i * 784, (i + 1) * 784);

describe('load', () => {
  test('tells what the model is', async () => {
    const { info } = await load(model);
    expect(info.input).toEqual({ channels: 1, height: 28, width: 28 });
    expect(info).toMatchObject({
      classes: 10,
      timing: 'immediate',
      fusion: 'membrane',
      modelBytes: model.length,
    });
    expect(info.labels).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(info.arenaBytes).toBeGreaterThan(10_000);
  });

  test('refuses a damaged model with a status and a message', async () => {
    const damaged = model.slice();
    damaged[damaged.length - 1] = (damaged[damaged.length - 1] as number) ^ 1;
    await expect(load(damaged)).rejects.toThrow(ModelError);
    await expect(load(damaged)).rejects.toThrow('CRC: the file is damaged');
    await expect(load(new Uint8Array(3))).rejects.toThrow('truncated');
  });

  test('takes a path', async () => {
    const net = await load('models/mnist.snn');
    expect(net.info.classes).toBe(10);
  });
});

describe('classify', () => {
  test('is right on most digits and sure of itself', async () => {
    const net = await load(model);
    const answers = Array.from({ length: 50 }, (_, i) => net.classify(image(i)));
    expect(answers.filter((a, i) => a.class === data.labels[i]).length).toBeGreaterThanOrEqual(48);
    for (const a of answers) {
      expect(a.confidence).toBeGreaterThan(0);
      expect(a.confidence).toBeLessThanOrEqual(1);
      expect(a.sops).toBeGreaterThan(0);
      expect(a.spikes).toBeGreaterThanOrEqual(a.events);
    }
  });

  test('refuses another size of image', async () => {
    const net = await load(model);
    expect(() => net.classify(new Uint8Array(100))).toThrow(
      '100 pixel values, the network takes 28x28x1 = 784',
    );
  });

  test('refuses what are no bytes, and takes those of a canvas', async () => {
    const net = await load(model);
    for (const wrong of [
      new Float32Array(784).fill(0.5),
      new Int8Array(784),
      new Array(784).fill(1),
      undefined,
    ]) {
      const pixels = wrong as unknown as Uint8Array;
      expect(() => net.classify(pixels)).toThrow(TypeError);
      expect(() => [...net.run(pixels)]).toThrow(TypeError);
    }
    const clamped = new Uint8ClampedArray(image(8));
    expect(net.classify(clamped as unknown as Uint8Array)).toEqual(net.classify(image(8)));
    expect(net.classify(Buffer.from(image(8)))).toEqual(net.classify(image(8)));
  });

  test('gives the same answer again, whatever came between', async () => {
    const net = await load(model);
    const first = net.classify(image(8));
    for (let i = 0; i < 20; i++) net.classify(image(i));
    expect(net.classify(image(8))).toEqual(first);
  });

  test('several networks live side by side', async () => {
    const [a, b] = [await load(model), await load(pack(randomModel(12)))];
    const alone = a.classify(image(3));
    b.classify(new Uint8Array(b.info.input.channels * b.info.input.height * b.info.input.width));
    expect(a.classify(image(3))).toEqual(alone);
  });
});

describe('run', () => {
  test('ends where classify stops, with the same answer', async () => {
    const net = await load(model);
    for (let i = 0; i < 20; i++) {
      const want = net.classify(image(i));
      const steps = [...net.run(image(i))];
      const last = steps.at(-1);
      expect(steps).toHaveLength(want.steps);
      expect(last).toMatchObject({ class: want.class, exit: want.exit, done: true });
      expect(last?.posterior[want.class]).toBe(want.confidence);
      expect(steps.flatMap((s) => s.sops).reduce((a, b) => a + b, 0)).toBe(want.sops);
      expect(steps.flatMap((s) => s.spikes).reduce((a, b) => a + b, 0)).toBe(want.spikes);
    }
  });

  test('goes to the last step when told not to stop', async () => {
    const net = await load(model);
    const steps = [...net.run(image(0), { mayStop: false })];
    expect(steps).toHaveLength(net.info.steps);
    expect(steps.map((s) => s.done)).toEqual(steps.map((_, i) => i === steps.length - 1));
    for (const s of steps) expect(s.posterior.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 3);
  });

  test('ends with an error when another image takes its place', async () => {
    const net = await load(model);
    const walk = net.run(image(0), { mayStop: false });
    walk.next();
    net.classify(image(1));
    expect(() => walk.next()).toThrow('another image was begun on this network; load a second one');
  });

  test('decide refuses to answer before the first step', async () => {
    const net = await load(model);
    expect(() => net.decide(0)).toThrow('no step was run yet');
  });

  test('layerEvents refuses a layer that is not there', async () => {
    const net = await load(model);
    expect(() => net.layerEvents(99)).toThrow(`layers 0 to ${net.info.layers.length - 1}`);
    expect(() => net.layerEvents(-1)).toThrow(RangeError);
  });

  test('decide refuses an exit that is not there', async () => {
    const net = await load(model);
    net.run(image(0)).next();
    expect(() => net.decide(2)).toThrow('exits 0 to 1');
  });
});

test('memory stays as it is over thousands of images', async () => {
  const engine = await WebAssembly.compile(await readFile('build/snn-core-simd.wasm'));
  const net = await Network.create(engine, model);
  const before = process.memoryUsage().arrayBuffers;
  const small = await Network.create(engine, pack(randomModel(12)));
  const { channels, height, width } = small.info.input;
  const pixels = new Uint8Array(channels * height * width);
  for (let i = 0; i < 10_000; i++) small.classify(pixels);
  for (let i = 0; i < 1000; i++) net.classify(image(i % 50));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
});

test('networks that nobody holds are collected', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const bytes = pack(randomModel(12));
  const nets: WeakRef<Network>[] = [];
  for (let i = 0; i < 100; i++) nets.push(new WeakRef(await load(bytes)));
  const alive = (): number => nets.filter((net) => net.deref() !== undefined).length;
  // A reference holds for the turn it was read in, so every look is followed by a new turn.
  for (let i = 0; i < 20 && alive() > 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
  }
  expect(alive()).toBeLessThanOrEqual(5);
});
