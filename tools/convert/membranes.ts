/**
 * Membranes of 16 bits where the ranges seen in calibration fit with room to spare, for half the memory and twice the
 * speed. The input of an image is shifted right until it fits, and clamped by the engine, so that no image can wrap it.
 */
import { INPUT_LIMIT } from '../../assembly/shared/format.ts';
import { MAX_SHIFT } from '../../assembly/shared/limits.ts';
import { type Model, type SpikingLayer, seesImage } from '../model.ts';
import type { MembraneRange } from '../reference/simulate.ts';

/** No neuron sinks deeper, so the drive of one step never wraps; far below any threshold, it hardly ever acts. */
const FLOOR = -8192;
/** Of neurons that fire below zero, and so come back from there. */
const SIGNED_FLOOR = -16384;
/** The drive and the peak of calibration must fit this many times. */
const NARROW_ROOM = 2;
/** A unit that leaves a threshold below this rounds too coarsely: then 32 bits are kept. */
const LEAST_THRESHOLD = 32;

/** Units may become so much coarser for a layer's sake: two bits of the weights of its worst channel. */
const MOST_COARSER = 4;
/** Thresholds are whole numbers of units and so move the units a little. */
const SLACK = 1.01;

/** In so few steps the clamp on the image's input alone keeps a membrane from wrapping. */
const CLAMPED_STEPS = 2;

export interface Narrowed {
  layers: SpikingLayer[];
  /** Per layer: how many times the calibrated range fits into 16 bits; below 2 the layer keeps 32. */
  room: number[];
}

/** @param ranges per layer and channel */
export function narrowMembranes(model: Model, ranges: MembraneRange[][]): Narrowed {
  const room: number[] = [];
  const layers = model.layers.map((layer, i): SpikingLayer => {
    const range = ranges[i] as MembraneRange[];
    const roomOf = roomFor(model, layer);
    const shift = seesImage(layer) ? imageShift(range, layer, roomOf) : 0;
    const fits = Math.min(...range.map((r, c) => roomOf(r, shift, c)));
    room.push(fits);
    if (layer.readout === 'membrane' || fits < NARROW_ROOM || layer.membraneBits === 16) return layer;
    const shifted = shift === 0 ? layer : shiftLayer(layer, shift);
    return { ...shifted, membraneBits: 16, floor: floorOf(layer) };
  });
  return { layers, room };
}

/**
 * Per layer and channel: how much coarser its unit must be for 16 bits to hold the membrane. 1 in all channels where the
 * layer fits as it is, or where that would leave too little of its weights or thresholds.
 */
export function coarserUnits(model: Model, ranges: MembraneRange[][]): number[][] {
  return model.layers.map((layer, i) => {
    const range = ranges[i] as MembraneRange[];
    const none = range.map(() => 1);
    if (layer.readout === 'membrane') return none;
    const roomOf = roomFor(model, layer);
    const shift = seesImage(layer) ? imageShift(range, layer, roomOf) : 0;
    const factors = range.map((r, c) => {
      const room = roomOf(r, shift, c);
      return room < NARROW_ROOM ? (SLACK * NARROW_ROOM) / room : 1;
    });
    const possible = factors.every(
      (f, c) =>
        f === 1 || (f <= MOST_COARSER && (layer.threshold[c] as number) / f / 2 ** shift >= LEAST_THRESHOLD),
    );
    return possible ? factors : none;
  });
}

/** The least shift that leaves room on all sides, or the greatest that leaves all thresholds fine enough. */
function imageShift(range: MembraneRange[], layer: SpikingLayer, roomOf: RoomOf): number {
  const finest = Math.min(...layer.threshold);
  let shift = 0;
  while (
    shift < MAX_SHIFT &&
    finest / 2 ** (shift + 1) >= LEAST_THRESHOLD &&
    range.some((r, c) => roomOf(r, shift, c) < NARROW_ROOM)
  )
    shift++;
  return shift;
}

/** How many times the range of channel `c` fits into 16 bits after a shift. */
type RoomOf = (range: MembraneRange, shift: number, c: number) => number;

function roomFor(model: Model, layer: SpikingLayer): RoomOf {
  const floor = floorOf(layer);
  const threshold = (c: number): number => layer.threshold[c] as number;
  const negative = (c: number): number => layer.negative?.[c] ?? 0;
  if (seesImage(layer) && model.steps <= CLAMPED_STEPS) {
    // An input that is clamped at K thresholds or above gives K spikes in every step, as it would unclamped.
    return (_, shift, c) =>
      (NARROW_ROOM * 2 ** shift * INPUT_LIMIT) / (layer.burst * Math.max(threshold(c), negative(c)));
  }
  return ({ drive, peak, most }, shift, c) =>
    2 ** shift *
    Math.min(
      (floor + 32768) / Math.max(1, -drive),
      32767 / Math.max(1, peak),
      seesImage(layer) ? INPUT_LIMIT / Math.max(1, most) : Number.POSITIVE_INFINITY,
      32767 / threshold(c),
      layer.negative === undefined ? Number.POSITIVE_INFINITY : -floor / negative(c),
    );
}

function floorOf({ negative }: SpikingLayer): number {
  return negative === undefined ? FLOOR : SIGNED_FLOOR;
}

/** Thresholds and start values in the shifted unit; weights and bias stay, the engine shifts their sum. */
function shiftLayer(layer: SpikingLayer, shift: number): SpikingLayer {
  const scaled = (values: Int32Array, low: number): Int32Array =>
    values.map((v) => Math.max(low, Math.round(v / 2 ** shift)));
  return {
    ...layer,
    shift,
    threshold: scaled(layer.threshold, 1),
    start: scaled(layer.start, Number.NEGATIVE_INFINITY),
    ...(layer.negative === undefined ? {} : { negative: scaled(layer.negative, 1) }),
  };
}
