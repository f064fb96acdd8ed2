/** Sums of rows in u64: four lanes of 16 bits, half the operations of u32, which counts in interpreters. */

import { SCRATCH_LIST, SCRATCH_SUMS } from '../model/arena';

const ODD_BYTES: u64 = (0x00ff00ff << 32) | 0x00ff00ff;
export const SIGNS: u64 = (0x80008000 << 32) | 0x80008000;

/**
 * drives[c] ± Σ row[c] of all rows up to `end`, for 16 channels from `c` on; those before `from` are in the sums, which
 * stand in scratch as f of 4 channels, of 4 more, then o likewise.
 */
export function addWords(
  scratch: usize,
  from: usize,
  end: usize,
  c: i32,
  drives: usize,
  offset: i32,
  is32: bool,
  minus: bool,
): void {
  const sums = scratch + SCRATCH_SUMS;
  let f0: u64 = 0;
  let f1: u64 = 0;
  let o0: u64 = 0;
  let o1: u64 = 0;
  if (from !== scratch + SCRATCH_LIST) {
    f0 = load<u64>(sums);
    f1 = load<u64>(sums, 8);
    o0 = load<u64>(sums, 16);
    o1 = load<u64>(sums, 24);
  }
  for (; from < end; from += 4) {
    const row: usize = load<u32>(from) + c;
    let x = load<u64>(row);
    f0 += x;
    o0 += (x >> 8) & ODD_BYTES;
    x = load<u64>(row, 8);
    f1 += x;
    o1 += (x >> 8) & ODD_BYTES;
  }
  store<u64>(sums, f0);
  store<u64>(sums, f1, 8);
  store<u64>(sums, o0, 16);
  store<u64>(sums, o1, 24);
  // −(x − offset) = ~x − (~offset).
  if (minus) offset = ~offset;
  const offsets = lanes(-offset);
  for (let i: i32 = 0; i < 32; i += 8) {
    let x = load<u64>(sums + i);
    if (i < 16) x -= load<u64>(sums + i, 16) << 8;
    if (minus) x = ~x;
    if (is32) {
      for (let lane = 0; lane < 4; lane++, drives += 4, x >>= 16) {
        const sum = minus ? <i32>x | -65536 : <i32>x & 65535;
        store<i32>(drives, load<i32>(drives) + sum - offset);
      }
    } else {
      store<u64>(drives, addLanes(load<u64>(drives), addLanes(x, offsets)));
      drives += 8;
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
