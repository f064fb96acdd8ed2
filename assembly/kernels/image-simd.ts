/** The image's products two by two: a lane multiplies the weights of two pixels and adds them. */

import * as F from '../shared/format';
import { storeInput } from './image-plain';

/** sums[c] = bias[c] + half, four channels at a time; both have room for whole vectors. */
export function beginSums(sums: usize, bias: usize, half: i32, channels: i32): void {
  const halves = i32x4.splat(half);
  for (let c: i32 = 0; c < channels; c += 4, sums += 16, bias += 16)
    v128.store(sums, i32x4.add(v128.load(bias), halves));
}

/** Lists pairs of pixels and of rows, but for the dark ones; a last odd pixel is paired with nothing. */
export function listPairs(pixels: usize, count: i32, row: usize, stride: i32, end: u64): usize {
  let to = <usize>end;
  for (let i: i32 = 0; i < count; i += 2, row += stride) {
    const second: i32 = i + 1 < count ? load<u8>(pixels + i, 1) : 0;
    const pair = <i32>load<u8>(pixels + i) | (second << 16);
    store<u32>(to, <u32>row);
    store<u32>(to, pair, 4);
    to += pair === 0 ? 0 : 8;
  }
  return to;
}

/** sums[c] += Σ weight[c]·pixel, 16 channels at a time: the only products in the engine's layers, once per image. */
export function addPairProducts(list: usize, end: usize, sums: usize, channels: i32): void {
  for (let c: i32 = 0; c < channels; c += 16, sums += 64) {
    let a = v128.load(sums);
    let b = v128.load(sums, 16);
    let d = v128.load(sums, 32);
    let e = v128.load(sums, 48);
    for (let p = list; p < end; p += 8) {
      const rows = <usize>load<u32>(p) + (c << 2);
      const pixels = v128.load_splat<u32>(p, 4);
      a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load(rows), pixels));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load(rows, 16), pixels));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load(rows, 32), pixels));
      e = i32x4.add(e, i32x4.dot_i16x8_s(v128.load(rows, 48), pixels));
    }
    v128.store(sums, a);
    v128.store(sums, b, 16);
    v128.store(sums, d, 32);
    v128.store(sums, e, 48);
  }
}

/** input[c] = sums[c] >> shift, clamped, eight channels at a time. */
export function storeInput16(sums: usize, shift: i32, input: usize, channels: i32): void {
  const limit = i16x8.splat(<i16>F.INPUT_LIMIT);
  for (; channels >= 8; channels -= 8, sums += 32, input += 16) {
    const a = i32x4.shr_s(v128.load(sums), shift);
    const b = i32x4.shr_s(v128.load(sums, 16), shift);
    v128.store(input, i16x8.max_s(i16x8.min_s(i16x8.narrow_i32x4_s(a, b), limit), i16x8.neg(limit)));
  }
  if (channels > 0) storeInput(sums, shift, input, channels, false);
}
