/**
 * The slow, obviously right simulator: every position pulls what it sees of its sources, tap by tap, in plain
 * numbers. It shares the model's fields with the engine and none of its arithmetic, order or layout.
 */
import { GUARD_BITS, INPUT_LIMIT } from '../../assembly/shared/format.ts';
import type { IntegerProjection, Model, SpikingLayer } from '../model.ts';
import { IMAGE, type Shape } from '../network.ts';
import { type Decision, decide } from './decide.ts';

/** One time step; arrays of neurons are [channel][y][x], flat. */
export interface ReferenceStep {
  step: number;
  /** Spikes of every neuron of every layer in this step, below zero for negative spikes. */
  spikes: Int16Array[];
  /** Evidence of every exit since the first step. */
  evidence: number[][];
  /** Synapses visited in this step, per layer. */
  sops: number[];
  /** Events that the windows of max pools saw in this step, per layer. */
  comparisons: number[];
  /** The answer of every stage: exits 0..stage fused. */
  decisions: Decision[];
  /** The first step left a guard, so no stage before the last step is final. */
  isUnusual: boolean;
  /** Index of the stage whose answer is final, or −1 while the run goes on. */
  final: number;
  /** Per layer and channel: what the membranes of this step have to hold. */
  ranges: MembraneRange[][];
}

export interface MembraneRange {
  /** The most negative drive of one step. */
  drive: number;
  /** The most positive drive of one step. */
  most: number;
  /** The highest membrane potential before it fires. */
  peak: number;
}

/** Per channel, before anything was seen. */
export function noRange({ shape: [channels] }: SpikingLayer): MembraneRange[] {
  return Array.from({ length: channels }, () => ({ drive: 0, most: 0, peak: 0 }));
}

interface LayerState {
  membrane: Int32Array;
  spikes: Int16Array;
  /** Spikes of every neuron since the first step. */
  tally: Int32Array;
  /** Of the image, [y][x][channel]: the same in every step; absent on layers that see no image. */
  input: Float64Array | undefined;
}

/** What a layer gives to those that see it. */
type Sent = Pick<LayerState, 'spikes' | 'tally'>;

/** Runs `pixels`, u8 [height][width][channel], through all time steps of the model, whatever the margins say. */
export function* simulate(model: Model, pixels: Uint8Array): Generator<ReferenceStep> {
  const states = model.layers.map((layer): LayerState => {
    const positions = layer.shape[1] * layer.shape[2];
    return {
      membrane: Int32Array.from({ length: layer.shape[0] * positions }, (_, i) =>
        wrap(at(layer.start, Math.floor(i / positions)), layer.membraneBits),
      ),
      spikes: new Int16Array(layer.shape[0] * positions),
      tally: new Int32Array(layer.shape[0] * positions),
      input: imageInput(model, layer, pixels),
    };
  });
  let isUnusual = false;
  for (let step = 1; step <= model.steps; step++) {
    const before = states.map(({ spikes, tally }) => ({ spikes, tally: tally.slice() }));
    const work: Work[] = [];
    const ranges = model.layers.map(noRange);
    model.layers.forEach((layer, i) => {
      const sent = (source: number): Sent => at<Sent>(model.timing === 'immediate' ? states : before, source);
      work.push(advance(model, layer, at(states, i), sent, at(ranges, i)));
    });
    if (step === 1) isUnusual = model.layers.some((layer, i) => leavesGuard(layer, at(states, i), states));
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
      sops: work.map((w) => w.sops),
      comparisons: work.map((w) => w.comparisons),
      decisions,
      isUnusual,
      final: finalStage(isUnusual ? { ...model, stop: [] } : model, decisions, step),
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

/** Whether so many spikes in the first step, per spike of the first source, were not seen in calibration. */
function leavesGuard({ guard, projections }: SpikingLayer, own: LayerState, states: LayerState[]): boolean {
  if (guard === undefined) return false;
  const spikes = BigInt(spikesOf(own)) * 2n ** BigInt(GUARD_BITS);
  const source = BigInt(spikesOf(at(states, at(projections, 0).source))) + 1n;
  return spikes < BigInt(guard.low) * source || spikes > BigInt(guard.high) * source;
}

/** In this step; a negative spike is one, too. */
function spikesOf({ spikes }: LayerState): number {
  return spikes.reduce((n, s) => n + Math.abs(s), 0);
}

interface Work {
  sops: number;
  comparisons: number;
}

/** One layer, one step: integrate, fire, reset by subtraction. */
function advance(
  model: Model,
  layer: SpikingLayer,
  state: LayerState,
  sent: (source: number) => Sent,
  ranges: MembraneRange[],
): Work {
  const [channels, height, width] = layer.shape;
  const spikes = new Int16Array(state.spikes.length);
  const work: Work = { sops: 0, comparisons: 0 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const drive = new Float64Array(channels);
      if (state.input === undefined) {
        drive.set(layer.bias);
        for (const group of layer.projections) {
          const { shape } = at(model.layers, group.source);
          if (group.kind === 'max')
            work.comparisons += raise(group, sent(group.source), shape, layer, state.tally, drive, y, x);
          else work.sops += pull(group, sent(group.source).spikes, shape, drive, y, x);
        }
      } else drive.set(state.input.subarray((y * width + x) * channels, (y * width + x + 1) * channels));
      for (let c = 0; c < channels; c++) {
        const i = (c * height + y) * width + x;
        const input = at(drive, c);
        let v = wrap(at(state.membrane, i) + wrap(input, layer.membraneBits), layer.membraneBits);
        const range = at(ranges, c);
        range.drive = Math.min(range.drive, input);
        range.most = Math.max(range.most, input);
        range.peak = Math.max(range.peak, v);
        const fired = layer.readout === 'membrane' ? 0 : spikesAt(layer, c, v);
        if (fired !== 0) v -= fired * at((fired > 0 ? layer.threshold : layer.negative) as Int32Array, c);
        spikes[i] = fired;
        state.tally[i] = at(state.tally, i) + fired;
        state.membrane[i] = Math.max(v, layer.floor);
      }
    }
  }
  state.spikes = spikes;
  return work;
}

/** min(K, ⌊v/θ⌋) spikes; of a neuron with negative spikes, at most K of them at v ≤ −θ⁻. */
function spikesAt(layer: SpikingLayer, c: number, v: number): number {
  if (v >= 0) return Math.min(layer.burst, Math.floor(v / at(layer.threshold, c)));
  if (layer.negative === undefined) return 0;
  return -Math.min(layer.burst, Math.floor(-v / at(layer.negative, c)));
}

/** What the largest count in the window of position (y, x), of neurons that fired now, is ahead of the neuron's own. */
function raise(
  projection: IntegerProjection,
  { spikes, tally }: Sent,
  [, inHeight, inWidth]: Shape,
  { shape: [channels, height, width], burst }: SpikingLayer,
  own: Int32Array,
  drive: Float64Array,
  y: number,
  x: number,
): number {
  let comparisons = 0;
  forEachTap(projection, y, x, (_, iy, ix) => {
    if (iy < 0 || iy >= inHeight || ix < 0 || ix >= inWidth) return;
    for (let c = 0; c < channels; c++) {
      const from = (c * inHeight + iy) * inWidth + ix;
      if (at(spikes, from) === 0) continue;
      comparisons++;
      const ahead = at(tally, from) - at(own, (c * height + y) * width + x);
      drive[c] = Math.max(at(drive, c), Math.min(ahead, burst));
    }
  });
  return comparisons;
}

/** Adds Σ w·s of the events that position (y, x) sees to `drive`; returns the synapses visited. */
function pull(
  projection: IntegerProjection,
  sent: Int16Array,
  [inputs, inHeight, inWidth]: Shape,
  drive: Float64Array,
  y: number,
  x: number,
): number {
  const fanOut = drive.length / projection.groups;
  let sops = 0;
  forEachTap(projection, y, x, (tap, iy, ix) => {
    if (iy < 0 || iy >= inHeight || ix < 0 || ix >= inWidth) return;
    // All taps of a pool share their weights.
    const firstRow = projection.kind === 'pooled' ? 0 : tap * inputs;
    for (let k = 0; k < inputs; k++) {
      const count = sent[(k * inHeight + iy) * inWidth + ix] as number;
      if (count === 0) continue;
      const first = Math.floor(k / (inputs / projection.groups)) * fanOut;
      addRow(drive, first, projection.weights, (firstRow + k) * fanOut, fanOut, count);
      sops += fanOut;
    }
  });
  return sops;
}

function addRow(
  drive: Float64Array,
  first: number,
  weights: Int8Array,
  row: number,
  length: number,
  count: number,
): void {
  for (let o = 0; o < length; o++)
    drive[first + o] = (drive[first + o] as number) + count * (weights[row + o] as number);
}

/** bias + Σ w·pixel, shifted and rounded, at every neuron of a layer on the image: [y][x][channel]. */
function imageInput(model: Model, layer: SpikingLayer, pixels: Uint8Array): Float64Array | undefined {
  const [group] = layer.projections;
  if (group?.source !== IMAGE) return undefined;
  const [channels, height, width] = layer.shape;
  const [inputs, inHeight, inWidth] = model.input;
  const fanOut = channels / group.groups;
  const half = layer.shift === 0 ? 0 : 2 ** (layer.shift - 1);
  const input = new Float64Array(channels * height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const drive = Float64Array.from(layer.bias);
      forEachTap(group, y, x, (tap, iy, ix) => {
        const inside = iy >= 0 && iy < inHeight && ix >= 0 && ix < inWidth;
        for (let k = 0; k < inputs; k++) {
          const pixel = inside ? at(pixels, (iy * inWidth + ix) * inputs + k) : at(model.padding, k);
          const first = Math.floor(k / (inputs / group.groups)) * fanOut;
          addRow(drive, first, group.weights, (tap * inputs + k) * fanOut, fanOut, pixel);
        }
      });
      drive.forEach((sum, c) => {
        // The engine adds in 32 bits; `convert` refuses what could wrap there.
        const shifted = Math.floor(wrap(sum + half, 32) / 2 ** layer.shift);
        // A 16-bit membrane takes no more in one step, whatever the image.
        const clamped = Math.max(-INPUT_LIMIT, Math.min(INPUT_LIMIT, shifted));
        input[(y * width + x) * channels + c] = layer.membraneBits === 16 ? clamped : shifted;
      });
    }
  }
  return input;
}

function forEachTap(
  group: IntegerProjection,
  y: number,
  x: number,
  visit: (tap: number, iy: number, ix: number) => void,
): void {
  for (let ky = 0; ky < group.kernel[0]; ky++) {
    for (let kx = 0; kx < group.kernel[1]; kx++) {
      const iy = y * group.stride[0] + ky - group.padding[0];
      visit(ky * group.kernel[1] + kx, iy, x * group.stride[1] + kx - group.padding[1]);
    }
  }
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
