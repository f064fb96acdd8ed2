/** Four neurons of 16 bits at a time, in the lanes of a u64. */

import { addLanes, SIGNS } from './add-rows-lanes';
import { append } from './events';

/** Whole words of a position's channels, `lowest` being the floor in every lane; returns how many channels that are. */
export function fireLanes(
  theta: usize,
  v: usize,
  drive: usize,
  tails: usize,
  slot: i32,
  channels: i32,
  burst: i32,
  lowest: u64,
): i32 {
  let c: i32 = 0;
  for (; c + 4 <= channels; c += 4) {
    const at: usize = c << 1;
    const threshold = load<u64>(theta + at);
    let u = addLanes(load<u64>(v + at), load<u64>(drive + at));
    let counts: u64 = 0;
    for (let n = burst; n > 0; n--) {
      // Sign bits of the lanes with u ≥ θ: θ is positive, so u must be, and no lane borrows from the next.
      const fired = ((u | SIGNS) - threshold) & ~u & SIGNS;
      if (fired === 0) break;
      counts += fired >> 15;
      u -= threshold & ((fired << 1) - (fired >> 15));
    }
    // Of two negative lanes the one with the smaller rest is the lower.
    const low = lowest === 0 ? u & SIGNS : ~((u | SIGNS) - (lowest & ~SIGNS)) & u & SIGNS;
    if (low !== 0) {
      const mask = (low << 1) - (low >> 15);
      u = (u & ~mask) | (lowest & mask);
    }
    store<u64>(v + at, u);
    for (let i = slot + c; counts !== 0; i++, counts >>= 16) {
      const count = <i32>counts & 65535;
      if (count > 0) append(tails, count - 1, i);
    }
  }
  return c;
}
