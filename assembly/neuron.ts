/** IF neurons with reset by subtraction and bursts. */

import { drivesBytes, SCRATCH_DRIVES, SCRATCH_TAILS, segmentBytes } from './arena';
import { neurons } from './model';
import {
  LAYER_BURST,
  LAYER_CHANNELS,
  LAYER_FLOOR,
  LAYER_HEIGHT,
  LAYER_MEMBRANE_BITS,
  LAYER_SIGNED,
  LAYER_WIDTH,
  NEURON_BIAS,
  NEURON_NEGATIVE,
  NEURON_START,
  NEURON_THRESHOLD,
} from './shared/format';
import {
  RUN_LISTS,
  RUN_SCRATCH,
  RUN_TABLE,
  STATE_CURRENT,
  STATE_EVENTS,
  STATE_FIRED,
  STATE_MEMBRANE,
  STATE_SPIKES,
  STATE_STARTS,
  STATE_TALLY,
  STATE_UNITS,
} from './shared/state';

/** Membranes at their start values, no spike in flight, all counters zero. */
export function resetLayer(model: usize, layer: usize, state: usize): void {
  const channels: i32 = load<u16>(layer + LAYER_CHANNELS);
  const height: i32 = load<u16>(layer + LAYER_HEIGHT);
  const width: i32 = load<u16>(layer + LAYER_WIDTH);
  const wide = load<u8>(layer + LAYER_MEMBRANE_BITS) === 32;
  const starts = neurons(model, layer, NEURON_START);
  let v: usize = load<u32>(state + STATE_MEMBRANE);
  for (let p = height * width; p > 0; p--) {
    for (let c: i32 = 0; c < channels; c++) {
      const start = load<i32>(starts + (c << 2));
      if (wide) store<i32>(v, start);
      else store<i16>(v, <i16>start);
      v += wide ? 4 : 2;
    }
  }
  memory.fill(state, 0, STATE_MEMBRANE);
  const tally: usize = load<u32>(state + STATE_TALLY);
  if (tally !== 0) memory.fill(tally, 0, channels << 2);
  const events: usize = load<u32>(state + STATE_STARTS);
  if (events !== 0) memory.fill(events, 0, (height * lists(layer) * (width + 1)) << 1);
}

/** Lists of events per row: one per spike count that a neuron can have in a step. */
export function lists(layer: usize): i32 {
  return (<i32>load<u8>(layer + LAYER_BURST)) << load<u8>(layer + LAYER_SIGNED);
}

/**
 * Row `y`: v ← v + b + Σ w·s (or the image's current), n = min(K, ⌊v/θ⌋) by compare and subtract,
 * v ← max(v − n·θ, floor); neurons with n > 0 become the row's events. A current readout only integrates.
 * With negative spikes a neuron at v ≤ −θ⁻ fires −n, n = min(K, ⌊−v/θ⁻⌋), and v ← v + n·θ⁻.
 */
export function fireRow(model: usize, net: usize, layer: usize, state: usize, y: i32): void {
  const channels: i32 = load<u16>(layer + LAYER_CHANNELS);
  const width: i32 = load<u16>(layer + LAYER_WIDTH);
  const wide = load<u8>(layer + LAYER_MEMBRANE_BITS) === 32;
  const floor = load<i32>(layer + LAYER_FLOOR);
  const thresholds = neurons(model, layer, NEURON_THRESHOLD);
  const biases = neurons(model, layer, NEURON_BIAS);
  const signed = load<u8>(layer + LAYER_SIGNED) !== 0;
  const negatives = signed ? neurons(model, layer, NEURON_NEGATIVE) : 0;
  const first: usize = <usize>load<u32>(state + STATE_FIRED) + (((y * width * channels) as usize) << 1);
  const fires = load<u32>(state + STATE_FIRED) !== 0;
  const burst: i32 = fires ? load<u8>(layer + LAYER_BURST) : 0;
  const all = fires ? lists(layer) : 0;
  const starts = <usize>load<u32>(state + STATE_STARTS) + (((y * all * (width + 1)) as usize) << 1);
  const scratch: usize = load<u32>(net + RUN_SCRATCH);
  const tails = scratch + SCRATCH_TAILS;
  const segment = segmentBytes(layer);
  // Events of list l > 0 gather at `others` + l·segment until the row is done.
  const others = <usize>load<u32>(net + RUN_LISTS) - segment;
  const bytes = drivesBytes(channels, wide);
  const size = wide ? 2 : 1;
  let v = <usize>load<u32>(state + STATE_MEMBRANE) + (((y * width * channels) as usize) << size);
  let current: usize = load<u32>(state + STATE_CURRENT);
  if (current !== 0) current += ((y * width * channels) as usize) << size;
  let drives = scratch + SCRATCH_DRIVES;

  const table: usize = load<u32>(net + RUN_TABLE);
  const units: usize = load<u32>(state + STATE_UNITS);
  for (let l: i32 = 0; l < all; l++) store<u32>(tails + (l << 2), 0);
  for (let x: i32 = 0; x < width; x++, drives += bytes) {
    for (let l: i32 = 0; l < all; l++) {
      store<u16>(starts + ((l * (width + 1) + x) << 1), load<u32>(tails + (l << 2)));
    }
    const offset = current === 0 ? load<i32>(drives + bytes - 16) : 0;
    let c: i32 = 0;
    if (ASC_FEATURE_SIMD) {
      if (!wide && !signed && fires) {
        let at = first + (load<u32>(tails) << 1);
        let places = i16x8.splat(<i16>(x * channels));
        const offsets = i16x8.splat(<i16>offset);
        const lowest = i16x8.splat(<i16>floor);
        for (; c + 8 <= channels; c += 8) {
          const unit = units + (c << 1);
          const threshold = v128.load(unit);
          let u = v128.load(v);
          if (current !== 0) {
            u = i16x8.add(u, v128.load(current));
            current += 16;
          } else {
            u = i16x8.add(u, i16x8.sub(v128.load(unit + (channels << 1)), offsets));
            u = i16x8.add(u, v128.load(drives + (c << 1)));
          }
          const fired = i16x8.ge_s(u, threshold);
          u = i16x8.sub(u, v128.and(fired, threshold));
          let mask = i16x8.bitmask(fired);
          if (burst > 1) {
            const more = i16x8.bitmask(i16x8.ge_s(u, threshold));
            if (more !== 0) {
              u = fireMore(u, threshold, more, burst, tails, others, segment, table, places);
              mask &= ~more;
            }
          }
          // Compressed without a branch: all eight places are written, those of the mask first, then the end moves.
          v128.store(at, i16x8.add(v128.load_ext<u8>(table + (mask << 3)), places));
          at += popcnt(mask) << 1;
          places = i16x8.add(places, i16x8.splat(8));
          v128.store(v, i16x8.max_s(u, lowest));
          v += 16;
        }
        store<u32>(tails, <u32>(at - first) >> 1);
      }
    }
    for (; c < channels; c++) {
      let u: i32;
      if (current !== 0) {
        u = wide ? load<i32>(v) + load<i32>(current) : <i32>load<i16>(v) + load<i16>(current);
        current += 1 << size;
      } else {
        u = load<i32>(biases + (c << 2)) - offset;
        if (wide) u += load<i32>(v) + load<i32>(drives + (c << 2));
        else u += <i32>load<i16>(v) + load<i16>(drives + (c << 1));
      }
      if (!wide) u = <i32>(<i16>u);
      const threshold = load<i32>(thresholds + (c << 2));
      let count = 0;
      for (; count < burst && u >= threshold; count++) u -= threshold;
      if (signed) {
        const negative = load<i32>(negatives + (c << 2));
        for (; count > -burst && u <= -negative; count--) u += negative;
      }
      u = max(u, floor);
      if (wide) store<i32>(v, u);
      else store<i16>(v, <i16>u);
      v += 1 << size;
      if (count === 0) continue;
      const l = count > 0 ? count - 1 : burst - count - 1;
      const tail: u32 = load<u32>(tails + (l << 2));
      store<u32>(tails + (l << 2), tail + 1);
      store<u16>((l === 0 ? first : others + l * segment) + (tail << 1), <u16>(x * channels + c));
    }
  }
  if (fires) closeRow(state, starts, first, others, segment, tails, width, burst, all);
}

/** Neurons of a vector that fire more than once, those of mask `more`: lists their events by count, returns the vector. */
function fireMore(
  u: v128,
  threshold: v128,
  more: i32,
  burst: i32,
  tails: usize,
  others: usize,
  segment: i32,
  table: usize,
  places: v128,
): v128 {
  for (let l: i32 = 1; more !== 0; l++) {
    u = i16x8.sub(u, v128.and(i16x8.ge_s(u, threshold), threshold));
    let mask = more;
    more = l + 1 < burst ? i16x8.bitmask(i16x8.ge_s(u, threshold)) : 0;
    mask &= ~more;
    const tail = load<i32>(tails + (l << 2));
    v128.store(others + l * segment + (tail << 1), i16x8.add(v128.load_ext<u8>(table + (mask << 3)), places));
    store<i32>(tails + (l << 2), tail + popcnt(mask));
  }
  return u;
}

/** Brings the lists of the row together, one behind the other, and counts. */
function closeRow(
  state: usize,
  starts: usize,
  first: usize,
  others: usize,
  segment: i32,
  tails: usize,
  width: i32,
  burst: i32,
  all: i32,
): void {
  const tally: usize = load<u32>(state + STATE_TALLY);
  let events = 0;
  let spikes: u64 = 0;
  for (let l: i32 = 0; l < all; l++) {
    const from = others + l * segment;
    const to = first + (events << 1);
    const tail = load<i32>(tails + (l << 2));
    const count = l < burst ? l + 1 : burst - l - 1;
    for (let i: i32 = 0; i < tail; i++) {
      if (l > 0) store<u16>(to + (i << 1), load<u16>(from + (i << 1)));
      // An exit has one position, so its tally is indexed by the channel alone.
      if (tally !== 0) {
        const sum = tally + ((<usize>load<u16>(to + (i << 1))) << 2);
        store<i32>(sum, load<i32>(sum) + count);
      }
    }
    let start = starts + ((l * (width + 1)) << 1);
    store<u16>(start + (width << 1), tail);
    if (events > 0) {
      for (let x: i32 = 0; x <= width; x++, start += 2) store<u16>(start, load<u16>(start) + events);
    }
    events += tail;
    spikes += <u64>tail * abs(count);
  }
  store<u64>(state + STATE_EVENTS, load<u64>(state + STATE_EVENTS) + events);
  store<u64>(state + STATE_SPIKES, load<u64>(state + STATE_SPIKES) + spikes);
}
