/** The events of a row: listed by spike count while it fires, then brought together. */

import { counts, spillBytes } from '../model/arena';
import * as F from '../shared/format';
import * as S from '../shared/state';

/** Appends an event to list `l`; `tails` holds where the next of each list goes. */
export function append(tails: usize, l: i32, slot: i32): void {
  const tail: usize = load<u32>(tails + (l << 2));
  store<u16>(tail, slot);
  store<u32>(tails + (l << 2), <u32>tail + 2);
}

/**
 * Moves the lists of the row, which began at `first` and in the spill, one after the other to `first`, and counts. The
 * starts of a list were noted from its own beginning.
 */
export function closeRow(
  layer: usize,
  state: usize,
  starts: usize,
  first: usize,
  spill: usize,
  tails: usize,
): void {
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const burst: i32 = load<u8>(layer + F.LAYER_BURST);
  let tally: usize = load<u32>(state + S.STATE_TALLY);
  if (tally !== 0) tally += (first - load<u32>(state + S.STATE_FIRED)) << 1;
  let to = first;
  let from = first;
  let events = 0;
  let spikes: u64 = 0;
  for (let l: i32 = 0; l < counts(layer); l++) {
    const tail: usize = load<u32>(tails + (l << 2));
    const count = l < burst ? l + 1 : burst - l - 1;
    if (l > 0) {
      for (let x: i32 = 0; x < width; x++)
        store<u16>(starts + (x << 1), <i32>load<u16>(starts + (x << 1)) + events);
    }
    spikes += <u64>(<i32>(tail - from) >> 1) * abs(count);
    if (l > 0 || tally !== 0) {
      for (; from < tail; from += 2, to += 2) {
        const slot: i32 = load<u16>(from);
        store<u16>(to, slot);
        if (tally !== 0) store<i32>(tally + (slot << 2), load<i32>(tally + (slot << 2)) + count);
      }
    } else to = tail;
    events = <i32>(to - first) >> 1;
    starts += width << 1;
    store<u16>(starts, events);
    starts += 2;
    from = spill;
    spill += spillBytes(layer);
  }
  store<u64>(state + S.STATE_EVENTS, load<u64>(state + S.STATE_EVENTS) + events);
  store<u64>(state + S.STATE_SPIKES, load<u64>(state + S.STATE_SPIKES) + spikes);
}
