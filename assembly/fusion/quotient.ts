/** ⌊2^bits · part / whole⌋ for part ≤ whole < 2^63, bit by bit: no host has to bring a 64-bit division. */
export function quotient(part: u64, whole: u64, bits: i32): u32 {
  let result: u32 = 0;
  for (; bits >= 0; bits--) {
    result <<= 1;
    if (part >= whole) {
      part -= whole;
      result |= 1;
    }
    part <<= 1;
  }
  return result;
}
