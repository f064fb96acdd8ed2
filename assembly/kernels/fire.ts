/** IF neurons with reset by subtraction and bursts. */

import { drivesBytes, SCRATCH_DRIVES, SCRATCH_TAILS, segmentBytes } from '../model/arena';
import { neurons } from '../model/sections';
import * as F from '../shared/format';
import * as S from '../shared/state';
import { addLanes, lanes, SIGNS } from './add-rows';

/** Membranes at their start values, no spike in flight, all counters zero. */
export function resetLayer(model: usize, layer: usize, state: usize): void {
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const height: i32 = load<u16>(layer + F.LAYER_HEIGHT);
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const wide = load<u8>(layer + F.LAYER_MEMBRANE_BITS) === 32;
  const starts = neurons(model, layer, F.NEURON_START);
  const v: usize = load<u32>(state + S.STATE_MEMBRANE);
  for (let c: i32 = 0; c < channels; c++) {
    const start = load<i32>(starts + (c << 2));
    if (wide) store<i32>(v + (c << 2), start);
    else store<i16>(v + (c << 1), <i16>start);
  }
  // All positions begin like the first.
  const position: usize = channels << (wide ? 2 : 1);
  const bytes: usize = height * width * position;
  if (ASC_FEATURE_SIMD) {
    for (let filled = position; filled < bytes; filled <<= 1)
      memory.copy(v + filled, v, min(filled, bytes - filled));
  } else {
    for (let to = v + position; to < v + bytes; to += 2) store<u16>(to, load<u16>(to - position));
  }
  memory.fill(state, 0, S.STATE_MEMBRANE);
  const tally: usize = load<u32>(state + S.STATE_TALLY);
  if (tally !== 0) memory.fill(tally, 0, channels << 2);
  const events: usize = load<u32>(state + S.STATE_STARTS);
  if (events !== 0) memory.fill(events, 0, (height * lists(layer) * (width + 1)) << 1);
}

/** Lists of events per row: one per spike count that a neuron can have in a step. */
export function lists(layer: usize): i32 {
  return (<i32>load<u8>(layer + F.LAYER_BURST)) << load<u8>(layer + F.LAYER_SIGNED);
}

/**
 * Row `y`: v ← v + b + Σ w·s (or the image's current), n = min(K, ⌊v/θ⌋) by compare and subtract,
 * v ← max(v − n·θ, floor); neurons with n > 0 become the row's events. A current readout only integrates.
 * With negative spikes a neuron at v ≤ −θ⁻ fires −n, n = min(K, ⌊−v/θ⁻⌋), and v ← v + n·θ⁻.
 */
export function fireRow(model: usize, net: usize, layer: usize, state: usize, y: i32): void {
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const wide = load<u8>(layer + F.LAYER_MEMBRANE_BITS) === 32;
  const size: i32 = wide ? 2 : 1;
  const floor = load<i32>(layer + F.LAYER_FLOOR);
  const thresholds = neurons(model, layer, F.NEURON_THRESHOLD);
  const signed = load<u8>(layer + F.LAYER_SIGNED) !== 0;
  const fires = load<u32>(state + S.STATE_FIRED) !== 0;
  const burst: i32 = fires ? load<u8>(layer + F.LAYER_BURST) : 0;
  const all = fires ? lists(layer) : 0;
  const before: usize = y * width * channels;
  const first = <usize>load<u32>(state + S.STATE_FIRED) + (before << 1);
  const starts = <usize>load<u32>(state + S.STATE_STARTS) + ((y * all * (width + 1)) << 1);
  const tails = <usize>load<u32>(net + S.RUN_SCRATCH) + SCRATCH_TAILS;
  // Events of list l > 0 gather at `others` + l·segment until the row is done.
  const segment = segmentBytes(layer);
  const others = <usize>load<u32>(net + S.RUN_LISTS) - segment;
  const table: usize = load<u32>(net + S.RUN_TABLE);
  const units: usize = load<u32>(state + S.STATE_UNITS);
  // A layer on the image is driven by its current, which lies like the membranes; drives begin on whole blocks.
  const current: usize = load<u32>(state + S.STATE_CURRENT);
  let drive =
    current === 0 ? <usize>load<u32>(net + S.RUN_SCRATCH) + SCRATCH_DRIVES : current + (before << size);
  const gap = current === 0 ? drivesBytes(channels, wide) - (channels << size) : 0;
  let v = <usize>load<u32>(state + S.STATE_MEMBRANE) + (before << size);

  for (let l: i32 = 0; l < all; l++) store<u32>(tails + (l << 2), 0);
  for (let x: i32 = 0; x < width; x++, drive += gap) {
    for (let l: i32 = 0; l < all; l++) {
      store<u16>(starts + ((l * (width + 1) + x) << 1), load<u32>(tails + (l << 2)));
    }
    let c: i32 = 0;
    if (!wide && !signed && fires) {
      if (ASC_FEATURE_SIMD) {
        let at = first + (load<u32>(tails) << 1);
        let places = i16x8.splat(<i16>(x * channels));
        const lowest = i16x8.splat(<i16>floor);
        for (; c + 8 <= channels; c += 8, v += 16, drive += 16) {
          const threshold = v128.load(units + (c << 1));
          let u = i16x8.add(v128.load(v), v128.load(drive));
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
        }
        store<u32>(tails, <u32>(at - first) >> 1);
      } else {
        const lowest = lanes(floor);
        for (; c + 4 <= channels; c += 4, v += 8, drive += 8) {
          const threshold = load<u64>(units + (c << 1));
          let u = addLanes(load<u64>(v), load<u64>(drive));
          let counts: u64 = 0;
          for (let n = burst; n > 0; n--) {
            // Sign bits of the lanes with u ≥ θ: θ is positive, so u must be, and no lane borrows from the next.
            const fired = ((u | SIGNS) - threshold) & ~u & SIGNS;
            if (fired === 0) break;
            counts += fired >> 15;
            u -= threshold & ((fired << 1) - (fired >> 15));
          }
          // Of two negative lanes the one with the smaller rest is the lower.
          const low = floor === 0 ? u & SIGNS : ~((u | SIGNS) - (lowest & ~SIGNS)) & u & SIGNS;
          if (low !== 0) {
            const mask = (low << 1) - (low >> 15);
            u = (u & ~mask) | (lowest & mask);
          }
          store<u64>(v, u);
          for (let place = x * channels + c; counts !== 0; place++, counts >>= 16) {
            const l = (<i32>counts & 65535) - 1;
            if (l >= 0) append(tails, l, l === 0 ? first : others + l * segment, place);
          }
        }
      }
    }
    for (; c < channels; c++, v += 1 << size, drive += 1 << size) {
      let u = wide ? load<i32>(v) + load<i32>(drive) : <i32>(<i16>(load<i16>(v) + load<i16>(drive)));
      const threshold = load<i32>(thresholds + (c << 2));
      let count = 0;
      for (; count < burst && u >= threshold; count++) u -= threshold;
      if (signed) {
        const negative = load<i32>(neurons(model, layer, F.NEURON_NEGATIVE) + (c << 2));
        for (; count > -burst && u <= -negative; count--) u += negative;
      }
      u = max(u, floor);
      if (wide) store<i32>(v, u);
      else store<i16>(v, <i16>u);
      if (count === 0) continue;
      const l = count > 0 ? count - 1 : burst - count - 1;
      append(tails, l, l === 0 ? first : others + l * segment, x * channels + c);
    }
  }
  if (fires) closeRow(state, starts, first, others, segment, tails, width, burst, all);
}

/** Appends an event to list `l`, which begins at `to`. */
function append(tails: usize, l: i32, to: usize, place: i32): void {
  const tail = tails + (l << 2);
  store<u16>(to + (load<u32>(tail) << 1), place);
  store<u32>(tail, load<u32>(tail) + 1);
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
  // Four turns are foreseen better than as many as the longest burst needs.
  for (let l: i32 = 1; l < burst && (l < 4 || more !== 0); l++) {
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
  const tally: usize = load<u32>(state + S.STATE_TALLY);
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
  store<u64>(state + S.STATE_EVENTS, load<u64>(state + S.STATE_EVENTS) + events);
  store<u64>(state + S.STATE_SPIKES, load<u64>(state + S.STATE_SPIKES) + spikes);
}
