/**
 * Sums of rows: the inner loop of every spiking layer. A target's drives stay in registers while the rows of all events
 * in its window pass by. Two weights share a 16-bit lane: with p = lo + 256·hi, f = Σ p and o = Σ (p >> 8) give Σ hi = o
 * and Σ lo = f − 256·o, so a vector of weights costs one load, one shift and two additions. Rows are interleaved for it
 * (format.ts): the low weights of 16 channels are the first eight, the high ones the others.
 *
 * Rows come by descending spike count, bounds[n] being the end of those with n or more. The running sum is added to the
 * drives once per count, which makes Σ count·row without a product. At most MOST_ROWS rows keep every lane below 2^16.
 */
export const MOST_ROWS = 256;

const ODD_BYTES: u64 = (0x00ff00ff << 32) | 0x00ff00ff;
export const SIGNS: u64 = (0x80008000 << 32) | 0x80008000;
const BLOCK: i32 = 16;

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
  if (ASC_FEATURE_SIMD && !wide && !minus) {
    for (; c + 64 <= channels; c += 64) addFourBlocks(list, bounds, burst, drives + (c << 1), c);
  }
  for (; c < channels; c += BLOCK) {
    const to = drives + (c << (wide ? 2 : 1));
    if (ASC_FEATURE_SIMD) addBlock(list, bounds, burst, to, c, wide, minus);
    else addWords(list, bounds, burst, to, c, wide, minus);
  }
}

/** 64 channels from `c` on: eight sums are what the registers of a 64-bit host hold. */
function addFourBlocks(list: usize, bounds: usize, burst: i32, drives: usize, c: i32): void {
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
    const offset = i16x8.splat(<i16>offsetOf(list, p));
    v128.store(
      drives,
      i16x8.add(i16x8.sub(v128.load(drives, 0), offset), i16x8.sub(f0, i16x8.shl(o0, 8))),
      0,
    );
    v128.store(drives, i16x8.add(i16x8.sub(v128.load(drives, 16), offset), o0), 16);
    v128.store(
      drives,
      i16x8.add(i16x8.sub(v128.load(drives, 32), offset), i16x8.sub(f1, i16x8.shl(o1, 8))),
      32,
    );
    v128.store(drives, i16x8.add(i16x8.sub(v128.load(drives, 48), offset), o1), 48);
    v128.store(
      drives,
      i16x8.add(i16x8.sub(v128.load(drives, 64), offset), i16x8.sub(f2, i16x8.shl(o2, 8))),
      64,
    );
    v128.store(drives, i16x8.add(i16x8.sub(v128.load(drives, 80), offset), o2), 80);
    v128.store(
      drives,
      i16x8.add(i16x8.sub(v128.load(drives, 96), offset), i16x8.sub(f3, i16x8.shl(o3, 8))),
      96,
    );
    v128.store(drives, i16x8.add(i16x8.sub(v128.load(drives, 112), offset), o3), 112);
  }
}

/** What the rows so far left in every sum, because weights stand in the file as w + 128: four bytes of list each. */
function offsetOf(list: usize, end: usize): i32 {
  return (<i32>(end - list)) << 5;
}

/** 16 channels from `c` on. */
function addBlock(
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
    // −x = ~x + 1.
    const flip = i16x8.splat(minus ? -1 : 0);
    const offset = minus ? -1 - offsetOf(list, p) : offsetOf(list, p);
    let sums = i16x8.sub(f, i16x8.shl(o, 8));
    let to = drives;
    for (let half = 0; half < 2; half++, sums = o) {
      if (wide) {
        addFour(to, v128.xor(i32x4.extend_low_i16x8_u(sums), flip), offset);
        addFour(to + 16, v128.xor(i32x4.extend_high_i16x8_u(sums), flip), offset);
        to += 32;
      } else {
        sums = i16x8.sub(v128.xor(sums, flip), i16x8.splat(<i16>offset));
        v128.store(to, i16x8.add(v128.load(to), sums));
        to += 16;
      }
    }
  }
}

function addFour(drives: usize, sums: v128, offset: i32): void {
  v128.store(drives, i32x4.add(v128.load(drives), i32x4.sub(sums, i32x4.splat(offset))));
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
    // −x = ~x + 1.
    const offset = minus ? -1 - offsetOf(list, p) : offsetOf(list, p);
    const offsets = lanes(-offset);
    let x = f0 - (o0 << 8);
    let next = f1 - (o1 << 8);
    let third = o0;
    let to = drives;
    for (let word = 0; word < 4; word++) {
      if (minus) x = ~x;
      if (wide) {
        for (let lane = 0; lane < 4; lane++, to += 4, x >>= 16) {
          const sum = minus ? <i32>x | -65536 : <i32>x & 65535;
          store<i32>(to, load<i32>(to) + sum - offset);
        }
      } else {
        store<u64>(to, addLanes(load<u64>(to), addLanes(x, offsets)));
        to += 8;
      }
      x = next;
      next = third;
      third = o1;
    }
  }
}

/** The low 16 bits of a number in all four lanes. */
export function lanes(x: i32): u64 {
  const pair: u64 = <u32>((x & 65535) | (x << 16));
  return pair | (pair << 32);
}

/** Lane by lane, modulo 2^16: no carry crosses. */
export function addLanes(a: u64, b: u64): u64 {
  return ((a & ~SIGNS) + (b & ~SIGNS)) ^ ((a ^ b) & SIGNS);
}
