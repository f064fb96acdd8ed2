/** Exact comparisons and quotients of 64-bit integers, without a wider type. */
import * as F from '../shared/format';

/** The upper 64 bits of a·b. */
function upper(a: u64, b: u64): u64 {
  const al = a & 0xffffffff;
  const ah = a >> 32;
  const bl = b & 0xffffffff;
  const bh = b >> 32;
  const middle = ah * bl + ((al * bl) >> 32);
  return ah * bh + (middle >> 32) + (((middle & 0xffffffff) + al * bh) >> 32);
}

/** Sign of a·b − c·d. */
export function compareProducts(a: u64, b: u64, c: u64, d: u64): i32 {
  let left = upper(a, b);
  let right = upper(c, d);
  if (left === right) {
    left = a * b;
    right = c * d;
  }
  return left === right ? 0 : left > right ? 1 : -1;
}

/** ⌊POSTERIOR_ONE · part / whole⌋ for part ≤ whole < 2^63, bit by bit: no host has to bring a 64-bit division. */
export function share(part: u64, whole: u64): u32 {
  let quotient: u32 = 0;
  for (let bit = 0; bit <= F.POSTERIOR_BITS; bit++) {
    quotient <<= 1;
    if (part >= whole) {
      part -= whole;
      quotient |= 1;
    }
    part <<= 1;
  }
  return quotient;
}
