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
 * Moves the lists of the row, which began at `first` and in the spill, one after the other to `first`, and counts.
 * A start was noted as half the address that its event got; now it becomes the event's index in the row.
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
  const tally: usize = load<u32>(state + S.STATE_TALLY);
  let to = first;
  let from = first;
  let spikes: u64 = 0;
  for (let l: i32 = 0; l < counts(layer); l++) {
    const tail: usize = load<u32>(tails + (l << 2));
    const count = l < burst ? l + 1 : burst - l - 1;
    const moved = <i32>(to - first) - <i32>from;
    for (let x: i32 = 0; x < width; x++, starts += 2)
      store<u16>(starts, <i32>load<u16>(starts) + (moved >> 1));
    for (let at = from; at < tail; at += 2, to += 2) {
      const slot: i32 = load<u16>(at);
      store<u16>(to, slot);
      // An exit has one position, so its tally is indexed by the channel alone.
      if (tally !== 0) store<i32>(tally + (slot << 2), load<i32>(tally + (slot << 2)) + count);
      spikes += abs(count);
    }
    store<u16>(starts, (to - first) >> 1);
    starts += 2;
    from = l === 0 ? spill : from + spillBytes(layer);
  }
  store<u64>(state + S.STATE_EVENTS, load<u64>(state + S.STATE_EVENTS) + ((to - first) >> 1));
  store<u64>(state + S.STATE_SPIKES, load<u64>(state + S.STATE_SPIKES) + spikes);
}
