/**
 * Membranes of 16 bits where the ranges seen in calibration fit with room to spare, for half the memory and twice the
 * speed. The current of an image is shifted right until it fits, and clamped by the engine, so that no image can wrap it.
 */
import { CURRENT_MOST } from '../../assembly/shared/format.ts';
import { MAX_SHIFT } from '../../assembly/shared/limits.ts';
import { type Model, type SpikingLayer, seesImage } from '../model.ts';
import type { MembraneRange } from '../reference/simulate.ts';

/** No neuron sinks deeper, so the drive of one step never wraps; far below any threshold, it hardly ever acts. */
const FLOOR = -8192;
/** Of neurons that fire below zero, and so come back from there. */
const SIGNED_FLOOR = -16384;
/** The drive and the peak of calibration must fit this many times. */
const NARROW_ROOM = 2;
/** A shift that leaves thresholds below this rounds currents too coarsely: then 32 bits are kept. */
const LEAST_THRESHOLD = 32;

export interface Narrowed {
  layers: SpikingLayer[];
  /** Per layer: how many times the calibrated range fits into 16 bits; below 2 the layer keeps 32. */
  room: number[];
}

export function narrowMembranes(model: Model, ranges: MembraneRange[]): Narrowed {
  const room: number[] = [];
  const layers = model.layers.map((layer, i): SpikingLayer => {
    const range = ranges[i] as MembraneRange;
    const shift = seesImage(layer) ? imageShift(range, layer) : 0;
    const fits = roomOf(range, shift, layer);
    room.push(fits);
    if (layer.readout === 'current' || fits < NARROW_ROOM) return layer;
    const shifted = shift === 0 ? layer : shiftLayer(layer, shift);
    return shift > 0 && Math.min(...shifted.threshold) < LEAST_THRESHOLD
      ? layer
      : { ...shifted, membraneBits: 16, floor: floorOf(layer) };
  });
  return { layers, room };
}

/** The least shift that leaves room on all sides. */
function imageShift(range: MembraneRange, layer: SpikingLayer): number {
  let shift = 0;
  while (shift < MAX_SHIFT && roomOf(range, shift, layer) < NARROW_ROOM) shift++;
  return shift;
}

function roomOf({ drive, peak, most }: MembraneRange, shift: number, layer: SpikingLayer): number {
  const unit = 2 ** shift;
  const floor = floorOf(layer);
  return (
    unit *
    Math.min(
      (floor + 32768) / Math.max(1, -drive),
      32767 / Math.max(1, peak),
      seesImage(layer) ? CURRENT_MOST / Math.max(1, most) : Number.POSITIVE_INFINITY,
      32767 / Math.max(...layer.threshold),
      layer.negative === undefined ? Number.POSITIVE_INFINITY : -floor / Math.max(...layer.negative),
    )
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
