/**
 * Rows of synapses: the inner loop of every spiking layer. A burst of n spikes adds its row once per set bit of n,
 * shifted, so no weight is ever multiplied; negative spikes subtract it.
 */

/** Bytes of a row: it ends on a whole one. */
export function rowBytes(channels: i32, bits: i32): i32 {
  return (channels * bits + 7) >> 3;
}

/** Weight `i` of a row, sign-extended; `bits` is 2 to 8. */
export function weightAt(row: usize, i: i32, bits: i32): i32 {
  if (bits === 8) return load<i8>(row + i);
  const at = i * bits;
  let word: i32 = load<u8>(row + (at >> 3));
  // Only a weight that crosses into the next byte reads it: the row may end here.
  if ((at & 7) + bits > 8) word |= (<i32>load<u8>(row + (at >> 3), 1)) << 8;
  return (word << (32 - bits - (at & 7))) >> (32 - bits);
}

/** Writes a packed row as one i8 per weight. */
export function unpackRow(row: usize, channels: i32, bits: i32, to: usize): void {
  for (let i: i32 = 0; i < channels; i++) store<i8>(to + i, <i8>weightAt(row, i, bits));
}

/** v[i] ± weight[i] << shift in 16 bits. */
export function addRow16(membranes: usize, row: usize, channels: i32, shift: i32, minus: bool): void {
  let i: i32 = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 8 <= channels; i += 8) {
      const v = membranes + (i << 1);
      const w = i16x8.shl(v128.load_ext<i8>(row + i), shift);
      v128.store(v, minus ? i16x8.sub(v128.load(v), w) : i16x8.add(v128.load(v), w));
    }
  }
  for (; i < channels; i++) {
    const v = membranes + (i << 1);
    const w = (<i32>load<i8>(row + i)) << shift;
    store<i16>(v, <i16>(<i32>load<i16>(v) + (minus ? -w : w)));
  }
}

/** v[i] ± weight[i] << shift in 32 bits. */
export function addRow32(membranes: usize, row: usize, channels: i32, shift: i32, minus: bool): void {
  let i: i32 = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 8 <= channels; i += 8) {
      const v = membranes + (i << 2);
      const narrow = v128.load_ext<i8>(row + i);
      const w = minus ? i16x8.neg(narrow) : narrow;
      v128.store(v, i32x4.add(v128.load(v), i32x4.shl(i32x4.extend_low_i16x8_s(w), shift)));
      v128.store(v, i32x4.add(v128.load(v, 16), i32x4.shl(i32x4.extend_high_i16x8_s(w), shift)), 16);
    }
  }
  for (; i < channels; i++) {
    const v = membranes + (i << 2);
    const w = (<i32>load<i8>(row + i)) << shift;
    store<i32>(v, load<i32>(v) + (minus ? -w : w));
  }
}
