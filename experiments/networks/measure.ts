/**
 * One network through the whole pipeline in a process of its own, so that its memory can be told: a skeleton's path and
 * the options as arguments, one line of JSON as the answer.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { load } from '../../host/node.ts';
import { type BuildOptions, build } from '../../tools/convert/build.ts';
import { robustCeilings } from '../../tools/convert/thresholds.ts';
import { denseMacs } from '../../tools/cost/energy.ts';
import { uniform } from '../../tools/data/random.ts';
import { pack } from '../../tools/file/pack.ts';
import { openOnnx } from '../../tools/import/onnx/open.ts';
import type { Model } from '../../tools/model.ts';
import type { Ann, Shape } from '../../tools/network.ts';
import { forward } from '../../tools/reference/float.ts';
import { simulate } from '../../tools/reference/simulate.ts';
import { eventsCrc, goldenLine } from '../../tools/reference/trace.ts';
import { hydrate } from './hydrate.ts';

export interface MeasureOptions {
  input?: Shape;
  classes?: number;
  steps: number;
  timing: 'immediate' | 'pipelined';
  burst: number;
}

export interface Measured {
  bytes: number;
  ram: number;
  macs: number;
  layers: number;
  equal: boolean;
  /** Events per neuron and step, all layers and steps. */
  rate: number;
  /** Of import, building and packing. */
  seconds: number;
  peak_mib: number;
}

export async function measure(path: string, options: MeasureOptions): Promise<Measured> {
  const { onnx, weights } = hydrate(new Uint8Array(await readFile(path)), options);
  let began = performance.now();
  const { network } = openOnnx(onnx, path, () => weights);
  let seconds = performance.now() - began;
  const image = smoothImage(network.input);
  const ceilings = ceilingsOf(network, image);
  began = performance.now();
  const { model } = build(network, ceilings, buildOptions(network, options));
  const bytes = pack(model);
  seconds = (seconds + performance.now() - began) / 1000;
  const peak = process.resourceUsage().maxRSS / 1024;
  const net = await load(bytes, { simd: false });
  const { equal, rate } = await compare(net, model, image);
  return {
    bytes: bytes.length,
    ram: net.info.arenaBytes,
    macs: denseMacs(network),
    layers: model.layers.length,
    equal,
    rate,
    seconds,
    peak_mib: peak,
  };
}

/** Pipelined, spikes reach one layer further in every step: all of them must have spoken. */
function buildOptions(network: Ann, { steps, timing, burst }: MeasureOptions): BuildOptions {
  const [channels] = network.input;
  return {
    name: 'random',
    labels: [],
    timing,
    readout: 'membrane',
    burst,
    steps: timing === 'pipelined' ? steps + network.layers.length : steps,
    start: 0.5,
    bits: 8,
    normalization: {
      mean: new Array<number>(channels).fill(0.5),
      std: new Array<number>(channels).fill(0.25),
    },
    order: 'rgb',
  };
}

/** Robust normalization from the image itself, low enough that random neurons fire at all. */
function ceilingsOf(network: Ann, image: Uint8Array): Float64Array[] {
  const [channels] = network.input;
  const outputs = forward(network, image, {
    mean: new Array<number>(channels).fill(0.5),
    std: new Array<number>(channels).fill(0.25),
  });
  const found = robustCeilings(network, (i) => Float32Array.from(outputs[i] as Float64Array), 99, 'means');
  return found.map((c) => c.map((λ) => Math.max(λ, 1e-3)));
}

/** Engine and reference, neuron by neuron, step by step. */
async function compare(
  net: Awaited<ReturnType<typeof load>>,
  model: Model,
  image: Uint8Array,
): Promise<{ equal: boolean; rate: number }> {
  let [equal, events, chances] = [true, 0, 0];
  const steps = simulate(model, image);
  for (const got of net.run(image, { mayStop: false })) {
    const want = steps.next().value;
    if (want === undefined) return { equal: false, rate: 0 };
    const layers = model.layers.map((layer, l) => {
      const { index, count } = net.layerEvents(l);
      const lists = layer.readout === 'spikes' ? layer.burst * (layer.negative === undefined ? 1 : 2) : 0;
      events += index.length;
      chances += layer.shape[0] * layer.shape[1] * layer.shape[2];
      return eventsCrc(index, count, layer.shape, layer.burst, lists);
    });
    const evidence = got.counts.map((c) => [...c]);
    const line = JSON.stringify({
      image: 0,
      step: got.step,
      layers,
      evidence,
      class: got.class,
      margin: got.margin,
    });
    equal &&= line === goldenLine(model, 0, want) && got.sops.join() === want.sops.join();
  }
  return { equal: equal && steps.next().done === true, rate: events / chances };
}

/** Waves of random direction: neighbours are alike, as in photographs. */
function smoothImage([channels, height, width]: Shape): Uint8Array {
  const random = uniform(7);
  const waves = Array.from(
    { length: channels * 4 },
    () => [random() - 0.5, random() - 0.5, 7 * random()] as const,
  );
  return Uint8Array.from({ length: height * width * channels }, (_, i) => {
    const [k, x, y] = [
      i % channels,
      Math.floor(i / channels) % width,
      Math.floor(i / channels / width),
    ] as const;
    const own = waves.slice(4 * k, 4 * k + 4);
    return 128 + 30 * own.reduce((sum, [fx, fy, phase]) => sum + Math.sin(fx * x + fy * y + phase), 0);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, options] = process.argv.slice(2) as [string, string];
  console.log(JSON.stringify(await measure(path, JSON.parse(options) as MeasureOptions)));
}
