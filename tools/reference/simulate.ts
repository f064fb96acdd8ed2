/**
 * The slow, obviously right simulator: every neuron pulls what its sources sent, one tap at a time, in plain
 * numbers. It shares the model's fields with the engine and none of its arithmetic, order or layout.
 */
import type { IntegerSynapses, Model, SpikingLayer } from '../model.ts';
import { IMAGE, type Shape } from '../network.ts';
import { type Decision, decide } from './decide.ts';

/** One time step; arrays of neurons are [channel][y][x], flat. */
export interface ReferenceStep {
  step: number;
  /** Spikes of every neuron of every layer in this step. */
  spikes: Uint8Array[];
  /** Evidence of every exit since the first step. */
  evidence: number[][];
  /** Synapses visited in this step, per layer. */
  sops: number[];
  /** The answer of every stage: exits 0..stage fused. */
  decisions: Decision[];
  /** Index of the stage whose answer is final, or −1 while the run goes on. */
  final: number;
  /** Per layer: what the membranes of this step have to hold. */
  ranges: MembraneRange[];
}

export interface MembraneRange {
  /** The most negative drive of one step. */
  drive: number;
  /** The highest membrane potential before it fires. */
  peak: number;
}

interface LayerState {
  membrane: Int32Array;
  spikes: Uint8Array;
  tally: number[];
}

/** Runs `pixels`, u8 [height][width][channel], through all time steps of the model, whatever the margins say. */
export function* simulate(model: Model, pixels: Uint8Array): Generator<ReferenceStep> {
  const states = model.layers.map((layer): LayerState => {
    const positions = layer.shape[1] * layer.shape[2];
    return {
      membrane: Int32Array.from({ length: layer.shape[0] * positions }, (_, i) =>
        wrap(at(layer.start, Math.floor(i / positions)), layer.membraneBits),
      ),
      spikes: new Uint8Array(layer.shape[0] * positions),
      tally: new Array<number>(layer.shape[0]).fill(0),
    };
  });
  for (let step = 1; step <= model.steps; step++) {
    const before = states.map((s) => s.spikes);
    const sops: number[] = [];
    const ranges = model.layers.map((): MembraneRange => ({ drive: 0, peak: 0 }));
    model.layers.forEach((layer, i) => {
      const sent = (source: number): Uint8Array =>
        model.timing === 'immediate' ? at(states, source).spikes : at(before, source);
      sops.push(advance(model, layer, at(states, i), sent, pixels, at(ranges, i)));
    });
    const evidence = model.exits.map((index) =>
      at(model.layers, index).readout === 'spikes'
        ? [...at(states, index).tally]
        : [...at(states, index).membrane],
    );
    const decisions = model.exits.map((_, stage) => decide(model, evidence.slice(0, stage + 1), step));
    yield {
      step,
      spikes: states.map((s) => s.spikes),
      evidence,
      sops,
      decisions,
      final: finalStage(model, decisions, step),
      ranges,
    };
  }
}

/** The first stage that may stop here: early exits only where layers run in order and so can be spared. */
function finalStage(model: Model, decisions: Decision[], step: number): number {
  const last = decisions.length - 1;
  const margins = model.stop[step - 1];
  const sure = (stage: number): boolean =>
    margins !== undefined &&
    at(margins, stage) !== 0x7fffffff &&
    at(decisions, stage).margin >= at(margins, stage);
  for (let stage = 0; stage < last; stage++) if (model.timing === 'immediate' && sure(stage)) return stage;
  return sure(last) || step === model.steps ? last : -1;
}

/** One layer, one step: integrate, fire, reset by subtraction. Returns the synapses visited. */
function advance(
  model: Model,
  layer: SpikingLayer,
  state: LayerState,
  sent: (source: number) => Uint8Array,
  pixels: Uint8Array,
  range: MembraneRange,
): number {
  const [channels, height, width] = layer.shape;
  const spikes = new Uint8Array(state.spikes.length);
  let sops = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = (c * height + y) * width + x;
        let drive = at(layer.bias, c);
        for (const group of layer.synapses) {
          if (group.source === IMAGE) {
            drive += imageCurrent(model, group, channels, c, y, x);
          } else {
            const pulled = pull(
              group,
              sent(group.source),
              at(model.layers, group.source).shape,
              channels,
              c,
              y,
              x,
            );
            drive += pulled.sum;
            sops += pulled.taps;
          }
        }
        if (layer.shift > 0)
          drive = Math.floor((wrap(drive, 32) + 2 ** (layer.shift - 1)) / 2 ** layer.shift);
        let v = wrap(at(state.membrane, i) + wrap(drive, layer.membraneBits), layer.membraneBits);
        range.drive = Math.min(range.drive, drive);
        range.peak = Math.max(range.peak, v);
        const fired =
          layer.readout === 'current' ? 0 : Math.min(layer.burst, Math.floor(v / at(layer.threshold, c)));
        if (fired > 0) {
          v -= fired * at(layer.threshold, c);
          spikes[i] = fired;
          state.tally[c] = at(state.tally, c) + fired;
        }
        state.membrane[i] = Math.max(v, layer.floor);
      }
    }
  }
  state.spikes = spikes;
  return sops;

  function imageCurrent(
    m: Model,
    group: IntegerSynapses,
    outputs: number,
    c: number,
    y: number,
    x: number,
  ): number {
    const [inChannels, inHeight, inWidth] = m.input;
    let sum = 0;
    forEachTap(group, y, x, (ky, kx, iy, ix) => {
      const inside = iy >= 0 && iy < inHeight && ix >= 0 && ix < inWidth;
      for (let k = 0; k < inChannels; k++) {
        const pixel = inside ? at(pixels, (iy * inWidth + ix) * inChannels + k) : at(m.padding, k);
        sum += pixel * convWeight(group, inChannels, outputs, ky, kx, k, c);
      }
    });
    return sum;
  }
}

/** Σ w·s into one neuron, and how many spiking sources it visited. */
function pull(
  group: IntegerSynapses,
  sent: Uint8Array,
  [inChannels, inHeight, inWidth]: Shape,
  outputs: number,
  c: number,
  y: number,
  x: number,
): { sum: number; taps: number } {
  let sum = 0;
  let taps = 0;
  const visit = (k: number, iy: number, ix: number, weight: number): void => {
    const count = at(sent, (k * inHeight + iy) * inWidth + ix);
    sum += count * weight;
    if (count > 0) taps++;
  };
  if (group.kind === 'depthwise') {
    forEachTap(group, y, x, (ky, kx, iy, ix) => {
      if (iy < 0 || iy >= inHeight || ix < 0 || ix >= inWidth) return;
      visit(c, iy, ix, at(group.weights, (ky * group.kernel[1] + kx) * inChannels + c));
    });
  } else if (group.kind === 'conv') {
    forEachTap(group, y, x, (ky, kx, iy, ix) => {
      if (iy < 0 || iy >= inHeight || ix < 0 || ix >= inWidth) return;
      for (let k = 0; k < inChannels; k++)
        visit(k, iy, ix, convWeight(group, inChannels, outputs, ky, kx, k, c));
    });
  } else {
    for (let k = 0; k < inChannels; k++) {
      if (group.kind === 'pool' && k !== c) continue;
      const weight = group.kind === 'pool' ? 1 : at(group.weights, k * outputs + c);
      for (let iy = 0; iy < inHeight; iy++) for (let ix = 0; ix < inWidth; ix++) visit(k, iy, ix, weight);
    }
  }
  return { sum, taps };
}

function forEachTap(
  group: IntegerSynapses,
  y: number,
  x: number,
  visit: (ky: number, kx: number, iy: number, ix: number) => void,
): void {
  for (let ky = 0; ky < group.kernel[0]; ky++) {
    for (let kx = 0; kx < group.kernel[1]; kx++) {
      visit(ky, kx, y * group.stride[0] + ky - group.padding[0], x * group.stride[1] + kx - group.padding[1]);
    }
  }
}

function convWeight(
  group: IntegerSynapses,
  inputs: number,
  outputs: number,
  ky: number,
  kx: number,
  k: number,
  c: number,
): number {
  return at(group.weights, ((ky * group.kernel[1] + kx) * inputs + k) * outputs + c);
}

/** The value modulo 2^bits, as a signed number: what a membrane of that width holds. */
function wrap(value: number, bits: 16 | 32): number {
  const range = 2 ** bits;
  const positive = ((value % range) + range) % range;
  return positive >= range / 2 ? positive - range : positive;
}

function at<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`index ${index} of ${values.length}`);
  return value;
}
