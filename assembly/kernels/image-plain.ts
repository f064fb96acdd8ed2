/** The image's products in plain integers: one pixel, one row of weights. */

import * as F from '../shared/format';

/** Lists `count` pixels and their rows, but for the dark ones; returns the list's end. */
export function listPixels(pixels: usize, count: i32, row: usize, stride: i32, end: usize): usize {
  for (; count > 0; count--, pixels++, row += stride) {
    const pixel: u32 = load<u8>(pixels);
    store<u32>(end, <u32>row);
    store<u32>(end, pixel, 4);
    end += pixel === 0 ? 0 : 8;
  }
  return end;
}

/** sums[c] += Σ weight[c]·pixel; a weight stands in its row as w + 128. */
export function addProducts(list: usize, end: usize, sums: usize, channels: i32): void {
  let offset = 0;
  for (let p = list; p < end; p += 8) offset += load<i32>(p, 4) << 7;
  for (let c: i32 = 0; c < channels; c += 4, sums += 16) {
    let a = load<i32>(sums) - offset;
    let b = load<i32>(sums, 4) - offset;
    let d = load<i32>(sums, 8) - offset;
    let e = load<i32>(sums, 12) - offset;
    for (let p = list; p < end; p += 8) {
      const x = load<u32>(<usize>load<u32>(p) + c);
      const pixel = load<i32>(p, 4);
      a += (x & 255) * pixel;
      b += ((x >> 8) & 255) * pixel;
      d += ((x >> 16) & 255) * pixel;
      e += (x >> 24) * pixel;
    }
    store<i32>(sums, a);
    store<i32>(sums, b, 4);
    store<i32>(sums, d, 8);
    store<i32>(sums, e, 12);
  }
}

/** input[c] = sums[c] >> shift, clamped in 16 bits. */
export function storeInput(sums: usize, shift: i32, input: usize, channels: i32, is32: bool): void {
  for (; channels > 0; channels--, sums += 4) {
    const value = load<i32>(sums) >> shift;
    if (is32) store<i32>(input, value);
    else store<i16>(input, max(-F.INPUT_LIMIT, min(F.INPUT_LIMIT, value)));
    input += is32 ? 4 : 2;
  }
}
