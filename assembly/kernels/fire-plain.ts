/** One neuron at a time: membranes of either width, negative spikes, readouts that never fire. */

import { arrayBytes } from '../model/sections';
import * as F from '../shared/format';
import { append } from './events';

/** Channels from `c` on of the position whose events are `slot` + channel; `burst` is 0 where nothing fires. */
export function firePlain(
  layer: usize,
  theta: usize,
  v: usize,
  drive: usize,
  tails: usize,
  slot: i32,
  burst: i32,
  c: i32,
): void {
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const is32 = load<u8>(layer + F.LAYER_IS32) !== 0;
  const isSigned = load<u8>(layer + F.LAYER_SIGNED) !== 0;
  const floor = load<i32>(layer + F.LAYER_FLOOR);
  const negatives = arrayBytes(channels, is32) << 1;
  for (; c < channels; c++) {
    const at: usize = c << (is32 ? 2 : 1);
    let u = is32
      ? load<i32>(v + at) + load<i32>(drive + at)
      : <i32>(<i16>(load<i16>(v + at) + load<i16>(drive + at)));
    const threshold = is32 ? load<i32>(theta + at) : <i32>load<i16>(theta + at);
    let count = 0;
    for (; count < burst && u >= threshold; count++) u -= threshold;
    if (isSigned) {
      const negative = is32 ? load<i32>(theta + at + negatives) : <i32>load<i16>(theta + at + negatives);
      for (; count > -burst && u <= -negative; count--) u += negative;
    }
    u = max(u, floor);
    if (is32) store<i32>(v + at, u);
    else store<i16>(v + at, u);
    if (count !== 0) append(tails, count > 0 ? count - 1 : burst - count - 1, slot + c);
  }
}
