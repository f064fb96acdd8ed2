/**
 * v[i] += weight[i] << shift, for one row of synapses: the inner loop of every spiking layer.
 * A burst of n spikes adds its row once per set bit of n, so no weight is ever multiplied.
 */

export function addRow16(membranes: usize, row: usize, channels: i32, shift: i32): void {
  let i: i32 = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 8 <= channels; i += 8) {
      const v = membranes + (i << 1);
      v128.store(v, i16x8.add(v128.load(v), i16x8.shl(v128.load_ext<i8>(row + i), shift)));
    }
  }
  for (; i < channels; i++) {
    const v = membranes + (i << 1);
    store<i16>(v, <i16>(<i32>load<i16>(v) + ((<i32>load<i8>(row + i)) << shift)));
  }
}

export function addRow32(membranes: usize, row: usize, channels: i32, shift: i32): void {
  let i: i32 = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 8 <= channels; i += 8) {
      const v = membranes + (i << 2);
      const weights = v128.load_ext<i8>(row + i);
      v128.store(v, i32x4.add(v128.load(v), i32x4.shl(i32x4.extend_low_i16x8_s(weights), shift)));
      v128.store(v, i32x4.add(v128.load(v, 16), i32x4.shl(i32x4.extend_high_i16x8_s(weights), shift)), 16);
    }
  }
  for (; i < channels; i++) {
    const v = membranes + (i << 2);
    store<i32>(v, load<i32>(v) + ((<i32>load<i8>(row + i)) << shift));
  }
}
