/** Rows of weights as they stand in the file: unsigned, w + 2^(bits − 1), low bits first. */

/** Bytes of a row: whole rows of 8-bit weights are padded to 16 weights, all others to a byte. */
export function rowBytes(channels: i32, bits: i32, groups: i32): i32 {
  return bits === 8 && groups === 1 ? (channels + 15) & ~15 : (channels * bits + 7) >> 3;
}

/** Weight `i` of a row that is not interleaved; `bits` is 2 to 8. */
export function weightAt(row: usize, i: i32, bits: i32): i32 {
  const at = i * bits;
  let word: i32 = load<u8>(row + (at >> 3));
  // Only a weight that crosses into the next byte reads it: the row may end here.
  if ((at & 7) + bits > 8) word |= (<i32>load<u8>(row + (at >> 3), 1)) << 8;
  return ((word >> (at & 7)) & ((1 << bits) - 1)) - (1 << (bits - 1));
}

/** Rewrites `rows` packed rows as rows of 8-bit weights, for kernels that take no others. */
export function unpackRows(from: usize, to: usize, rows: i32, channels: i32, bits: i32, groups: i32): void {
  for (; rows > 0; rows--) {
    for (let c: i32 = 0; c < channels; c++) {
      // In whole rows channels c and c + 8 of a block are neighbours.
      const slot = groups > 1 ? c : (c & ~15) | ((c & 7) << 1) | ((c >> 3) & 1);
      store<u8>(to + slot, weightAt(from, c, bits) + 128);
    }
    from += rowBytes(channels, bits, groups);
    to += rowBytes(channels, 8, groups);
  }
}

/** Bytes of two rows of the image's weights, interleaved as i16: what a product of pairs takes. */
export function pairBytes(channels: i32): i32 {
  return ((channels + 15) & ~15) << 2;
}

/** Rewrites rows [height][span] of the image's weights as pairs; the last of an odd span stands alone. */
export function pairRows(from: usize, to: usize, height: i32, span: i32, channels: i32): void {
  for (let row: i32 = 0; row < height * span; row++) {
    const second = (row % span) & 1;
    for (let c: i32 = 0; c < channels; c++)
      store<i16>(to + (c << 2) + (second << 1), <i32>load<u8>(from + c) - 128);
    from += rowBytes(channels, 8, 1);
    if (second === 1 || row % span === span - 1) to += pairBytes(channels);
  }
}
