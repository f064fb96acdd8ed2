/** Eight neurons of 16 bits at a time. */

/** Whole vectors of a position's channels; returns how many channels that are. */
export function fireVectors(
  theta: usize,
  v: usize,
  drive: usize,
  tails: usize,
  table: u64,
  slot: u64,
  channels: u64,
  burst: u64,
  floor: i64,
): i32 {
  const lowest = i16x8.splat(<i16>floor);
  let tail: usize = load<u32>(tails);
  let slots = i16x8.splat(<i16>slot);
  let c: i32 = 0;
  for (; c + 8 <= <i32>channels; c += 8, theta += 16, v += 16, drive += 16) {
    const threshold = v128.load(theta);
    let u = i16x8.add(v128.load(v), v128.load(drive));
    const fired = i16x8.ge_s(u, threshold);
    u = i16x8.sub(u, v128.and(fired, threshold));
    let mask = i16x8.bitmask(fired);
    if (<i32>burst > 1) {
      const more = i16x8.bitmask(i16x8.ge_s(u, threshold));
      if (more !== 0) {
        u = fireMore(u, threshold, more, <i32>burst, tails, <usize>table, slots);
        mask &= ~more;
      }
    }
    // Compressed without a branch: all eight slots are written, those of the mask first, then the end moves.
    v128.store(tail, i16x8.add(v128.load_ext<u8>(<usize>table + (mask << 3)), slots));
    tail += popcnt(mask) << 1;
    slots = i16x8.add(slots, i16x8.splat(8));
    v128.store(v, i16x8.max_s(u, lowest));
  }
  store<u32>(tails, <u32>tail);
  return c;
}

/** Neurons of a vector that fire more than once, those of mask `more`: lists their events by count, returns the vector. */
function fireMore(
  u: v128,
  threshold: v128,
  more: i32,
  burst: i32,
  tails: usize,
  table: usize,
  slots: v128,
): v128 {
  // At least three turns, where bursts may be so long: a fixed number is predicted, the longest burst's is not.
  for (let l: i32 = 1; l < burst && (l < 4 || more !== 0); l++) {
    u = i16x8.sub(u, v128.and(i16x8.ge_s(u, threshold), threshold));
    let mask = more;
    more = l + 1 < burst ? i16x8.bitmask(i16x8.ge_s(u, threshold)) : 0;
    mask &= ~more;
    const tail: usize = load<u32>(tails + (l << 2));
    v128.store(tail, i16x8.add(v128.load_ext<u8>(table + (mask << 3)), slots));
    store<u32>(tails + (l << 2), <u32>tail + (popcnt(mask) << 1));
  }
  return u;
}
