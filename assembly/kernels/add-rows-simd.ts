/**
 * Sums of rows in v128. Loops call nothing and no call follows them: across a call every vector goes to the stack.
 * Sums that a later count goes on with stand in scratch as f, o of every 16 channels. Parameters from the fifth on are
 * u64: list-rows.ts.
 */

import { SCRATCH_LIST, SCRATCH_SUMS } from '../model/arena';

/** drives[c] += Σ row[c] of all rows up to `end`, for 64 channels from `c` on; those before `from` are in the sums. */
export function addFourBlocks(
  scratch: usize,
  from: usize,
  end: usize,
  c: i32,
  drives: u64,
  offset: u64,
  isLast: u64,
): void {
  const sums = scratch + SCRATCH_SUMS;
  const to = <usize>drives;
  let f0 = i16x8.splat(0);
  let o0 = f0;
  let f1 = f0;
  let o1 = f0;
  let f2 = f0;
  let o2 = f0;
  let f3 = f0;
  let o3 = f0;
  if (from !== scratch + SCRATCH_LIST) {
    f0 = v128.load(sums);
    o0 = v128.load(sums, 16);
    f1 = v128.load(sums, 32);
    o1 = v128.load(sums, 48);
    f2 = v128.load(sums, 64);
    o2 = v128.load(sums, 80);
    f3 = v128.load(sums, 96);
    o3 = v128.load(sums, 112);
  }
  for (; from < end; from += 4) {
    const row: usize = load<u32>(from) + c;
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
  if (isLast === 0) {
    v128.store(sums, f0);
    v128.store(sums, o0, 16);
    v128.store(sums, f1, 32);
    v128.store(sums, o1, 48);
    v128.store(sums, f2, 64);
    v128.store(sums, o2, 80);
    v128.store(sums, f3, 96);
    v128.store(sums, o3, 112);
  }
  const offsets = i16x8.splat(<i16>offset);
  v128.store(to, i16x8.add(i16x8.sub(v128.load(to), offsets), i16x8.sub(f0, i16x8.shl(o0, 8))));
  v128.store(to, i16x8.add(i16x8.sub(v128.load(to, 16), offsets), o0), 16);
  v128.store(to, i16x8.add(i16x8.sub(v128.load(to, 32), offsets), i16x8.sub(f1, i16x8.shl(o1, 8))), 32);
  v128.store(to, i16x8.add(i16x8.sub(v128.load(to, 48), offsets), o1), 48);
  v128.store(to, i16x8.add(i16x8.sub(v128.load(to, 64), offsets), i16x8.sub(f2, i16x8.shl(o2, 8))), 64);
  v128.store(to, i16x8.add(i16x8.sub(v128.load(to, 80), offsets), o2), 80);
  v128.store(to, i16x8.add(i16x8.sub(v128.load(to, 96), offsets), i16x8.sub(f3, i16x8.shl(o3, 8))), 96);
  v128.store(to, i16x8.add(i16x8.sub(v128.load(to, 112), offsets), o3), 112);
}

/** The same for 16 channels, with either sign, into drives of either width. */
export function addBlock(
  scratch: usize,
  from: usize,
  end: usize,
  c: i32,
  drives: u64,
  offset: u64,
  is32: u64,
  minus: u64,
): void {
  const sums = scratch + SCRATCH_SUMS;
  let to = <usize>drives;
  let f = i16x8.splat(0);
  let o = f;
  if (from !== scratch + SCRATCH_LIST) {
    f = v128.load(sums);
    o = v128.load(sums, 16);
  }
  for (; from < end; from += 4) {
    const x = v128.load(<usize>load<u32>(from) + c);
    f = i16x8.add(f, x);
    o = i16x8.add(o, i16x8.shr_u(x, 8));
  }
  v128.store(sums, f);
  v128.store(sums, o, 16);
  f = i16x8.sub(f, i16x8.shl(o, 8));
  // −(x − offset) = ~x − (~offset).
  const shift = <i32>(minus !== 0 ? ~offset : offset);
  const flip = i16x8.splat(minus !== 0 ? -1 : 0);
  if (is32 !== 0) {
    v128.store(sums, f, 32);
    v128.store(sums, o, 48);
    for (let i: i32 = 0; i < 32; i += 8, to += 16) {
      const four = v128.xor(v128.load_ext<u16>(sums + i, 32), flip);
      v128.store(to, i32x4.add(v128.load(to), i32x4.sub(four, i32x4.splat(shift))));
    }
  } else {
    const offsets = i16x8.splat(<i16>shift);
    v128.store(to, i16x8.add(v128.load(to), i16x8.sub(v128.xor(f, flip), offsets)));
    v128.store(to, i16x8.add(v128.load(to, 16), i16x8.sub(v128.xor(o, flip), offsets)), 16);
  }
}
