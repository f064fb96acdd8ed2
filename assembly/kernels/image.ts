/** Direct coding: the constant current that an image injects into the layer it feeds, computed once per image. */

import { drivesBytes, SCRATCH_DRIVES, SCRATCH_LIST } from '../model/arena';
import { pairBytes, rowBytes, weightAt } from '../model/rows';
import { netRecord, neurons, paddingPixels, synapsesRecord } from '../model/sections';
import * as F from '../shared/format';
import * as S from '../shared/state';

/** Entries of the list: a pointer to a row, then its pixel; in SIMD builds two rows, interleaved, and two pixels. */
const MOST_ENTRIES = 128;

/**
 * current = (bias + Σ weight·pixel + half) >> shift, at every neuron; taps outside the image see the padding pixel.
 * In 16 bits it is clamped, so that no image whatever can make a membrane wrap in one step.
 * `image` is u8 [height][width][channel], `current` i16 or i32 [height][width][channel].
 */
export function injectImage(net: usize, layer: usize, index: i32, image: usize, current: usize): void {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const group = synapsesRecord(model, index);
  const record = netRecord(model);
  const inHeight: i32 = load<u16>(record + F.NET_HEIGHT);
  const inWidth: i32 = load<u16>(record + F.NET_WIDTH);
  const inChannels: i32 = load<u16>(record + F.NET_CHANNELS);
  const padding = paddingPixels(model);
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const height: i32 = load<u16>(layer + F.LAYER_HEIGHT);
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const wide = load<u8>(layer + F.LAYER_MEMBRANE_BITS) === 32;
  const shift: i32 = load<u8>(layer + F.LAYER_SHIFT);
  const half: i32 = shift === 0 ? 0 : 1 << (shift - 1);
  const bias = neurons(model, layer, F.NEURON_BIAS);
  const groups: i32 = load<u16>(group + F.SYN_GROUPS);
  const fanOut = channels / groups;
  const perGroup = inChannels / groups;
  const bits: i32 = ASC_FEATURE_SIMD ? 8 : <i32>load<u8>(group + F.SYN_BITS);
  // Whole rows are listed, the others added one by one. SIMD builds have rows in pairs (weights.ts).
  const paired = ASC_FEATURE_SIMD && groups === 1;
  const listed = !ASC_FEATURE_SIMD && groups === 1 && bits === 8;
  const stride = paired ? pairBytes(channels) : rowBytes(fanOut, bits, groups);
  const kernelH: i32 = load<u16>(group + F.SYN_KERNEL_H);
  const kernelW: i32 = load<u16>(group + F.SYN_KERNEL_W);
  const span = kernelW * inChannels;
  const rows: usize = load<u32>(<usize>load<u32>(net + S.RUN_ROWS) + (index << 2));
  const list = <usize>load<u32>(net + S.RUN_SCRATCH) + SCRATCH_LIST;
  const full = list + MOST_ENTRIES * 8;
  const sums = <usize>load<u32>(net + S.RUN_SCRATCH) + SCRATCH_DRIVES;
  const copy = sums + drivesBytes(channels, true);

  for (let oy: i32 = 0; oy < height; oy++) {
    const top = oy * load<u8>(group + F.SYN_STRIDE_Y) - load<u8>(group + F.SYN_PAD_TOP);
    for (let ox: i32 = 0; ox < width; ox++) {
      const left = ox * load<u8>(group + F.SYN_STRIDE_X) - load<u8>(group + F.SYN_PAD_LEFT);
      let c: i32 = 0;
      if (ASC_FEATURE_SIMD) {
        for (; c + 4 <= channels; c += 4)
          v128.store(sums + (c << 2), i32x4.add(v128.load(bias + (c << 2)), i32x4.splat(half)));
      }
      for (; c < channels; c++) store<i32>(sums + (c << 2), load<i32>(bias + (c << 2)) + half);
      let row = rows;
      let end = list;
      let bright = 0;
      for (let y = top; y < top + kernelH; y++) {
        let pixels = image + (y * inWidth + left) * inChannels;
        if (paired) {
          // What a window sees of a row lies together, unless it hangs over the border.
          if (y < 0 || y >= inHeight || left < 0 || left + kernelW > inWidth) {
            for (let i: i32 = 0; i < span; i++) {
              const x = left + i / inChannels;
              const inside = y >= 0 && y < inHeight && x >= 0 && x < inWidth;
              store<u8>(copy + i, load<u8>(inside ? pixels + i : padding + (i % inChannels)));
            }
            pixels = copy;
          }
          for (let i: i32 = 0; i < span; i += 2, row += stride) {
            const second: i32 = i + 1 < span ? load<u8>(pixels + i, 1) : 0;
            const pair = <i32>load<u8>(pixels + i) | (second << 16);
            store<u32>(end, <u32>row);
            store<u32>(end, pair, 4);
            end += pair === 0 ? 0 : 8;
            if (end < full) continue;
            addProducts(list, end, sums, channels);
            end = list;
          }
          continue;
        }
        for (let x = left; x < left + kernelW; x++, pixels += inChannels) {
          const tap = y >= 0 && y < inHeight && x >= 0 && x < inWidth ? pixels : padding;
          for (let i: i32 = 0; i < inChannels; i++, row += stride) {
            const pixel: i32 = load<u8>(tap + i);
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
        const most = i16x8.splat(<i16>F.CURRENT_MOST);
        for (; c + 8 <= channels; c += 8, current += 16) {
          const a = i32x4.shr_s(v128.load(sums + (c << 2)), shift);
          const b = i32x4.shr_s(v128.load(sums + (c << 2), 16), shift);
          v128.store(current, i16x8.max_s(i16x8.min_s(i16x8.narrow_i32x4_s(a, b), most), i16x8.neg(most)));
        }
      }
      for (; c < channels; c++) {
        const drive = (load<i32>(sums + (c << 2)) - bright) >> shift;
        if (wide) store<i32>(current, drive);
        else store<i16>(current, <i16>max(-F.CURRENT_MOST, min(F.CURRENT_MOST, drive)));
        current += wide ? 4 : 2;
      }
    }
  }
}

/** sums[c] += Σ row[c]·pixel: the only products in the engine's layers, and only once per image. */
function addProducts(list: usize, end: usize, sums: usize, channels: i32): void {
  if (ASC_FEATURE_SIMD) {
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
