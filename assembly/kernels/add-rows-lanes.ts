/** Sums of rows in u64: four lanes of 16 bits, half the operations of u32, which counts in interpreters. */

import { SCRATCH_BOUNDS, SCRATCH_LIST } from '../model/arena';

const ODD_BYTES: u64 = (0x00ff00ff << 32) | 0x00ff00ff;
export const SIGNS: u64 = (0x80008000 << 32) | 0x80008000;

/** drives[c] ± Σ count·row[c] for 16 channels from `c` on. */
export function addWords(scratch: usize, burst: i32, c: i32, drives: usize, is32: bool, minus: bool): void {
  let f0: u64 = 0;
  let f1: u64 = 0;
  let o0: u64 = 0;
  let o1: u64 = 0;
  let p = scratch + SCRATCH_LIST;
  for (; burst > 0; burst--) {
    const end: usize = load<u32>(scratch + (burst << 2), SCRATCH_BOUNDS);
    for (; p < end; p += 4) {
      const row: usize = load<u32>(p) + c;
      let x = load<u64>(row);
      f0 += x;
      o0 += (x >> 8) & ODD_BYTES;
      x = load<u64>(row, 8);
      f1 += x;
      o1 += (x >> 8) & ODD_BYTES;
    }
    // Each row so far left 128 in every sum, because weights stand in the file as w + 128: four bytes of list a row.
    let offset = (<i32>(p - scratch) - SCRATCH_LIST) << 5;
    if (offset === 0) continue;
    // −(x − offset) = ~x − (~offset).
    if (minus) offset = ~offset;
    const offsets = lanes(-offset);
    let x = f0 - (o0 << 8);
    let next = f1 - (o1 << 8);
    let third = o0;
    let to = drives;
    for (let word = 0; word < 4; word++) {
      if (minus) x = ~x;
      if (is32) {
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
