/**
 * Sums of rows: the inner loop of every spiking layer. A target's drives stay in registers while the rows of all events
 * in its window pass by. Two weights share a lane: with p = lo + 256·hi, f = Σ p and o = Σ (p >> 8) give Σ hi = o and
 * Σ lo = f − 256·o, so a vector of weights costs one load, one shift and two additions.
 *
 * Rows come by descending spike count, bounds[n] being the end of those with n or more. The running sum is added to the
 * drives once per count, which makes Σ count·row without a product. At most MOST_ROWS rows keep every lane below 2^16.
 */
export const MOST_ROWS = 256;

const ODD_BYTES: u64 = (0x00ff00ff << 32) | 0x00ff00ff;

/** Offset that the rows leave in every drive, because weights stand in the file as w + 128: 128·Σ count. */
export function offsetOf(list: usize, bounds: usize, burst: i32): i32 {
  let offset = 0;
  for (let n: i32 = 1; n <= burst; n++) offset += (<i32>(load<u32>(bounds + (n << 2)) - <u32>list)) << 5;
  return offset;
}

/** drives[c] ± Σ count·row[c] for all channels, rounded up to 16; drives are i16 or, if `wide`, i32. */
export function addRows(
  list: usize,
  bounds: usize,
  burst: i32,
  drives: usize,
  channels: i32,
  wide: bool,
  minus: bool,
): void {
  let c: i32 = 0;
  if (ASC_FEATURE_SIMD) {
    if (!wide && !minus) {
      for (; c + 64 <= channels; c += 64) addVectors(list, bounds, burst, drives + (c << 1), c);
    }
    for (; c < channels; c += 16)
      addVector(list, bounds, burst, drives + (c << (wide ? 2 : 1)), c, wide, minus);
  } else {
    for (; c < channels; c += 16)
      addWords(list, bounds, burst, drives + (c << (wide ? 2 : 1)), c, wide, minus);
  }
}

/** 64 channels from `c` on. */
function addVectors(list: usize, bounds: usize, burst: i32, drives: usize, c: i32): void {
  let f0 = i16x8.splat(0);
  let f1 = f0;
  let f2 = f0;
  let f3 = f0;
  let o0 = f0;
  let o1 = f0;
  let o2 = f0;
  let o3 = f0;
  let p = list;
  for (; burst > 0; burst--) {
    const end: usize = load<u32>(bounds + (burst << 2));
    for (; p < end; p += 4) {
      const row: usize = load<u32>(p) + c;
      let x = v128.load(row);
      f0 = i16x8.add(f0, x);
      o0 = i16x8.add(o0, i16x8.shr_u(x, 8));
      x = v128.load(row, 16);
      f1 = i16x8.add(f1, x);
      o1 = i16x8.add(o1, i16x8.shr_u(x, 8));
      x = v128.load(row, 32);
      f2 = i16x8.add(f2, x);
      o2 = i16x8.add(o2, i16x8.shr_u(x, 8));
      x = v128.load(row, 48);
      f3 = i16x8.add(f3, x);
      o3 = i16x8.add(o3, i16x8.shr_u(x, 8));
    }
    if (p === list) continue;
    const e0 = i16x8.sub(f0, i16x8.shl(o0, 8));
    const e1 = i16x8.sub(f1, i16x8.shl(o1, 8));
    const e2 = i16x8.sub(f2, i16x8.shl(o2, 8));
    const e3 = i16x8.sub(f3, i16x8.shl(o3, 8));
    v128.store(
      drives,
      i16x8.add(v128.load(drives, 0), v128.shuffle<i16>(e0, o0, 0, 8, 1, 9, 2, 10, 3, 11)),
      0,
    );
    v128.store(
      drives,
      i16x8.add(v128.load(drives, 16), v128.shuffle<i16>(e0, o0, 4, 12, 5, 13, 6, 14, 7, 15)),
      16,
    );
    v128.store(
      drives,
      i16x8.add(v128.load(drives, 32), v128.shuffle<i16>(e1, o1, 0, 8, 1, 9, 2, 10, 3, 11)),
      32,
    );
    v128.store(
      drives,
      i16x8.add(v128.load(drives, 48), v128.shuffle<i16>(e1, o1, 4, 12, 5, 13, 6, 14, 7, 15)),
      48,
    );
    v128.store(
      drives,
      i16x8.add(v128.load(drives, 64), v128.shuffle<i16>(e2, o2, 0, 8, 1, 9, 2, 10, 3, 11)),
      64,
    );
    v128.store(
      drives,
      i16x8.add(v128.load(drives, 80), v128.shuffle<i16>(e2, o2, 4, 12, 5, 13, 6, 14, 7, 15)),
      80,
    );
    v128.store(
      drives,
      i16x8.add(v128.load(drives, 96), v128.shuffle<i16>(e3, o3, 0, 8, 1, 9, 2, 10, 3, 11)),
      96,
    );
    v128.store(
      drives,
      i16x8.add(v128.load(drives, 112), v128.shuffle<i16>(e3, o3, 4, 12, 5, 13, 6, 14, 7, 15)),
      112,
    );
  }
}

/** 16 channels from `c` on. */
function addVector(
  list: usize,
  bounds: usize,
  burst: i32,
  drives: usize,
  c: i32,
  wide: bool,
  minus: bool,
): void {
  let f = i16x8.splat(0);
  let o = f;
  let p = list;
  for (; burst > 0; burst--) {
    const end: usize = load<u32>(bounds + (burst << 2));
    for (; p < end; p += 4) {
      const x = v128.load(<usize>load<u32>(p) + c);
      f = i16x8.add(f, x);
      o = i16x8.add(o, i16x8.shr_u(x, 8));
    }
    if (p === list) continue;
    const even = i16x8.sub(f, i16x8.shl(o, 8));
    settle(drives, v128.shuffle<i16>(even, o, 0, 8, 1, 9, 2, 10, 3, 11), wide, minus);
    settle(drives + (wide ? 32 : 16), v128.shuffle<i16>(even, o, 4, 12, 5, 13, 6, 14, 7, 15), wide, minus);
  }
}

/** drives ± eight sums, which are unsigned. */
function settle(drives: usize, sums: v128, wide: bool, minus: bool): void {
  if (!wide) {
    v128.store(drives, i16x8.add(v128.load(drives), minus ? i16x8.neg(sums) : sums));
    return;
  }
  const first = i32x4.extend_low_i16x8_u(sums);
  const last = i32x4.extend_high_i16x8_u(sums);
  v128.store(drives, i32x4.add(v128.load(drives), minus ? i32x4.neg(first) : first));
  v128.store(drives, i32x4.add(v128.load(drives, 16), minus ? i32x4.neg(last) : last), 16);
}

/** 16 channels from `c` on, four lanes of 16 bits to a u64: half the operations of u32, which counts in interpreters. */
function addWords(
  list: usize,
  bounds: usize,
  burst: i32,
  drives: usize,
  c: i32,
  wide: bool,
  minus: bool,
): void {
  let f0: u64 = 0;
  let f1: u64 = 0;
  let o0: u64 = 0;
  let o1: u64 = 0;
  let p = list;
  for (; burst > 0; burst--) {
    const end: usize = load<u32>(bounds + (burst << 2));
    for (; p < end; p += 4) {
      const row: usize = load<u32>(p) + c;
      let x = load<u64>(row);
      f0 += x;
      o0 += (x >> 8) & ODD_BYTES;
      x = load<u64>(row, 8);
      f1 += x;
      o1 += (x >> 8) & ODD_BYTES;
    }
    if (p === list) continue;
    settleLanes(drives, f0 - (o0 << 8), o0, wide, minus);
    settleLanes(drives + (wide ? 32 : 16), f1 - (o1 << 8), o1, wide, minus);
  }
}

/** drives ± eight sums: four lanes of the even channels, four of the odd ones. */
function settleLanes(drives: usize, even: u64, odd: u64, wide: bool, minus: bool): void {
  for (let i: i32 = 0; i < 4; i++) {
    const e = minus ? -(<i32>even & 0xffff) : <i32>even & 0xffff;
    const o = minus ? -(<i32>odd & 0xffff) : <i32>odd & 0xffff;
    if (wide) {
      store<i32>(drives, load<i32>(drives) + e);
      store<i32>(drives, load<i32>(drives, 4) + o, 4);
      drives += 8;
    } else {
      store<i16>(drives, load<i16>(drives) + e);
      store<i16>(drives, load<i16>(drives, 2) + o, 2);
      drives += 4;
    }
    even >>= 16;
    odd >>= 16;
  }
}
