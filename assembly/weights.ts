/** Rows of weights as they stand in the file: unsigned, w + 2^(bits − 1), least significant bits first. */

/** Bytes of a row: it ends on a whole one. */
export function rowBytes(channels: i32, bits: i32): i32 {
  return (channels * bits + 7) >> 3;
}

/** Weight `i` of a row; `bits` is 2 to 8. */
export function weightAt(row: usize, i: i32, bits: i32): i32 {
  if (bits === 8) return <i32>load<u8>(row + i) - 128;
  const at = i * bits;
  let word: i32 = load<u8>(row + (at >> 3));
  // Only a weight that crosses into the next byte reads it: the row may end here.
  if ((at & 7) + bits > 8) word |= (<i32>load<u8>(row + (at >> 3), 1)) << 8;
  return ((word >> (at & 7)) & ((1 << bits) - 1)) - (1 << (bits - 1));
}

/** Rewrites `rows` packed rows as one byte per weight, so that vectors of any width can be added. */
export function widenRows(from: usize, to: usize, rows: i32, channels: i32, bits: i32): void {
  const bytes = rowBytes(channels, bits);
  for (let r: i32 = 0; r < rows; r++) {
    for (let i: i32 = 0; i < channels; i++) store<u8>(to + i, weightAt(from, i, bits) + 128);
    from += bytes;
    to += channels;
  }
}
