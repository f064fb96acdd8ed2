/** Direct coding: the constant current that an image injects into the layer it feeds, computed once per image. */

import { SCRATCH_DRIVES, SCRATCH_LIST } from './arena';
import { netRecord, neurons, paddingPixels, synapsesRecord } from './model';
import {
  CURRENT_MOST,
  LAYER_CHANNELS,
  LAYER_HEIGHT,
  LAYER_MEMBRANE_BITS,
  LAYER_SHIFT,
  LAYER_WIDTH,
  NET_CHANNELS,
  NET_HEIGHT,
  NET_WIDTH,
  NEURON_BIAS,
  SYN_BITS,
  SYN_GROUPS,
  SYN_KERNEL_H,
  SYN_KERNEL_W,
  SYN_PAD_LEFT,
  SYN_PAD_TOP,
  SYN_STRIDE_X,
  SYN_STRIDE_Y,
} from './shared/format';
import { RUN_MODEL, RUN_ROWS, RUN_SCRATCH } from './shared/state';
import { rowBytes, weightAt } from './weights';

/** Pixels that are collected before their rows are added: a pointer to the row, then the pixel. */
const MOST_PIXELS = 128;

/**
 * current = (bias + Σ weight·pixel + half) >> shift, at every neuron; taps outside the image see the padding pixel.
 * In 16 bits it is clamped, so that no image whatever can make a membrane wrap in one step.
 * `image` is u8 [height][width][channel], `current` i16 or i32 [height][width][channel].
 */
export function injectImage(net: usize, layer: usize, index: i32, image: usize, current: usize): void {
  const model: usize = load<u32>(net + RUN_MODEL);
  const group = synapsesRecord(model, index);
  const record = netRecord(model);
  const inHeight: i32 = load<u16>(record + NET_HEIGHT);
  const inWidth: i32 = load<u16>(record + NET_WIDTH);
  const inChannels: i32 = load<u16>(record + NET_CHANNELS);
  const padding = paddingPixels(model);
  const channels: i32 = load<u16>(layer + LAYER_CHANNELS);
  const height: i32 = load<u16>(layer + LAYER_HEIGHT);
  const width: i32 = load<u16>(layer + LAYER_WIDTH);
  const wide = load<u8>(layer + LAYER_MEMBRANE_BITS) === 32;
  const shift: i32 = load<u8>(layer + LAYER_SHIFT);
  const half: i32 = shift === 0 ? 0 : 1 << (shift - 1);
  const bias = neurons(model, layer, NEURON_BIAS);
  const groups: i32 = load<u16>(group + SYN_GROUPS);
  const fanOut = channels / groups;
  const perGroup = inChannels / groups;
  const bits: i32 = ASC_FEATURE_SIMD ? 8 : <i32>load<u8>(group + SYN_BITS);
  const stride = rowBytes(fanOut, bits, groups);
  const listed = groups === 1 && bits === 8;
  const kernelH: i32 = load<u16>(group + SYN_KERNEL_H);
  const kernelW: i32 = load<u16>(group + SYN_KERNEL_W);
  const rows: usize = load<u32>(<usize>load<u32>(net + RUN_ROWS) + (index << 2));
  const list = <usize>load<u32>(net + RUN_SCRATCH) + SCRATCH_LIST;
  const full = list + MOST_PIXELS * 8;
  const sums = <usize>load<u32>(net + RUN_SCRATCH) + SCRATCH_DRIVES;

  for (let oy: i32 = 0; oy < height; oy++) {
    for (let ox: i32 = 0; ox < width; ox++) {
      let c: i32 = 0;
      if (ASC_FEATURE_SIMD) {
        for (; c + 4 <= channels; c += 4)
          v128.store(sums + (c << 2), i32x4.add(v128.load(bias + (c << 2)), i32x4.splat(half)));
      }
      for (; c < channels; c++) store<i32>(sums + (c << 2), load<i32>(bias + (c << 2)) + half);
      let row = rows;
      let end = list;
      let bright = 0;
      for (let ky: i32 = 0; ky < kernelH; ky++) {
        const y = oy * load<u8>(group + SYN_STRIDE_Y) + ky - load<u8>(group + SYN_PAD_TOP);
        for (let kx: i32 = 0; kx < kernelW; kx++) {
          const x = ox * load<u8>(group + SYN_STRIDE_X) + kx - load<u8>(group + SYN_PAD_LEFT);
          const inside = y >= 0 && y < inHeight && x >= 0 && x < inWidth;
          const pixels = inside ? image + (y * inWidth + x) * inChannels : padding;
          for (let i: i32 = 0; i < inChannels; i++, row += stride) {
            const pixel: i32 = load<u8>(pixels + i);
            if (pixel === 0) continue;
            if (!listed) {
              const target = sums + (((i / perGroup) * fanOut) << 2);
              for (let c: i32 = 0; c < fanOut; c++) {
                const sum = target + (c << 2);
                store<i32>(sum, load<i32>(sum) + pixel * weightAt(row, c, bits));
              }
              continue;
            }
            store<u32>(end, <u32>row);
            store<u32>(end, pixel, 4);
            bright += pixel;
            end += 8;
            if (end < full) continue;
            addProducts(list, end, sums, channels);
            end = list;
          }
        }
      }
      addProducts(list, end, sums, channels);
      // Weights stand in the file as w + 128.
      bright <<= 7;
      c = 0;
      if (ASC_FEATURE_SIMD && !wide) {
        const most = i16x8.splat(<i16>CURRENT_MOST);
        for (; c + 8 <= channels; c += 8, current += 16) {
          const a = i32x4.shr_s(i32x4.sub(v128.load(sums + (c << 2)), i32x4.splat(bright)), shift);
          const b = i32x4.shr_s(i32x4.sub(v128.load(sums + (c << 2), 16), i32x4.splat(bright)), shift);
          v128.store(current, i16x8.max_s(i16x8.min_s(i16x8.narrow_i32x4_s(a, b), most), i16x8.neg(most)));
        }
      }
      for (; c < channels; c++) {
        const drive = (load<i32>(sums + (c << 2)) - bright) >> shift;
        if (wide) store<i32>(current, drive);
        else store<i16>(current, <i16>max(-CURRENT_MOST, min(CURRENT_MOST, drive)));
        current += wide ? 4 : 2;
      }
    }
  }
}

/** sums[c] += Σ row[c]·pixel: the only products in the engine's layers, and only once per image. */
function addProducts(list: usize, end: usize, sums: usize, channels: i32): void {
  if (ASC_FEATURE_SIMD) {
    // An odd list gets a black pixel, so that rows go in pairs.
    store<u64>(end, load<u32>(list));
    for (let p = list; p < end; p += 16) store<u16>(p, load<u16>(p, 12), 6);
    for (let c: i32 = 0; c < channels; c += 16, sums += 64) {
      let a = v128.load(sums);
      let b = v128.load(sums, 16);
      let d = v128.load(sums, 32);
      let e = v128.load(sums, 48);
      for (let p = list; p < end; p += 16) {
        const x = v128.load(<usize>load<u32>(p) + c);
        const y = v128.load(<usize>load<u32>(p, 8) + c);
        const pixels = v128.load_splat<u32>(p, 4);
        const low = v128.shuffle<i8>(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const high = v128.shuffle<i8>(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), pixels));
        b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), pixels));
        d = i32x4.add(d, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), pixels));
        e = i32x4.add(e, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), pixels));
      }
      v128.store(sums, a);
      v128.store(sums, b, 16);
      v128.store(sums, d, 32);
      v128.store(sums, e, 48);
    }
  } else {
    for (let c: i32 = 0; c < channels; c += 4, sums += 16) {
      let a = load<i32>(sums);
      let b = load<i32>(sums, 4);
      let d = load<i32>(sums, 8);
      let e = load<i32>(sums, 12);
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
}
