/** Direct coding: the constant input that an image gives to the layer it feeds, computed once per image, row by row. */

import { imageSpan, SCRATCH_DRIVES, SCRATCH_LIST } from '../model/arena';
import { pairBytes, rowBytes } from '../model/rows';
import { arrayBytes, biases, netRecord, projectionRecord, section } from '../model/sections';
import * as F from '../shared/format';
import * as S from '../shared/state';
import { addProducts, listPixels, storeInput } from './image-plain';
import { addPairProducts, beginSums, listPairs, storeInput16 } from './image-simd';

/** Pixels that are listed at once, and room for them: a pointer to a row, then its pixel; in SIMD builds two of each. */
const CHUNK: i32 = 64;
const LIST_BYTES: i32 = 2 * CHUNK * 8;

/**
 * input = (bias + Σ weight·pixel + half) >> shift, at every neuron; taps outside the image see the padding pixel.
 * In 16 bits it is clamped, so that no image can make a membrane wrap in one step.
 * `image` is u8 [height][width][channel], `input` i16 or i32 [width][channel]: row `oy`. Returns the end of that row.
 */
export function injectRow(net: usize, layer: usize, oy: i32, input: usize): usize {
  const image: usize = load<u32>(net + S.RUN_IMAGE);
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const record = netRecord(model);
  const index: i32 = load<u16>(layer + F.LAYER_FIRST_PROJECTION);
  const projection = projectionRecord(model, index);
  const inHeight: i32 = load<u16>(record + F.NET_HEIGHT);
  const inWidth: i32 = load<u16>(record + F.NET_WIDTH);
  const inChannels: i32 = load<u16>(record + F.NET_CHANNELS);
  const padding = section(model, F.SECTION_NET) + F.NET_BYTES;
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const is32 = load<u8>(layer + F.LAYER_IS32) !== 0;
  const shift: i32 = load<u8>(layer + F.LAYER_SHIFT);
  const half: i32 = (1 << shift) >> 1;
  const bias = biases(model, layer);
  const stride = ASC_FEATURE_SIMD ? pairBytes(channels) : rowBytes(channels, 8, 1);
  const kernelW: i32 = load<u16>(projection + F.PROJ_KERNEL_W);
  const kernelH: i32 = load<u16>(projection + F.PROJ_KERNEL_H);
  const span = imageSpan(record, projection);
  const rows: usize = load<u32>(<usize>load<u32>(net + S.RUN_ROWS) + (index << 2));
  const list = <usize>load<u32>(net + S.RUN_SCRATCH) + SCRATCH_LIST;
  const sums = <usize>load<u32>(net + S.RUN_SCRATCH) + SCRATCH_DRIVES;
  const copy = sums + arrayBytes(channels, true);

  const top = oy * load<u8>(projection + F.PROJ_STRIDE_Y) - load<u8>(projection + F.PROJ_PAD_TOP);
  for (let ox: i32 = 0; ox < width; ox++) {
    const left = ox * load<u8>(projection + F.PROJ_STRIDE_X) - load<u8>(projection + F.PROJ_PAD_LEFT);
    if (ASC_FEATURE_SIMD) beginSums(sums, bias, half, channels);
    else for (let i: i32 = 0; i < channels << 2; i += 4) store<i32>(sums + i, load<i32>(bias + i) + half);
    let row = rows;
    let end = list;
    for (let y = top; y < top + kernelH; y++) {
      // What a window sees of a row lies together, unless it hangs over the border.
      let pixels = image + (y * inWidth + left) * inChannels;
      if (y < 0 || y >= inHeight || left < 0 || left + kernelW > inWidth) {
        for (let i: i32 = 0, x = left, k = 0; i < span; i++) {
          const inside = y >= 0 && y < inHeight && x >= 0 && x < inWidth;
          store<u8>(copy + i, load<u8>(inside ? pixels + i : padding + k));
          if (++k < inChannels) continue;
          k = 0;
          x++;
        }
        pixels = copy;
      }
      for (let i: i32 = 0; i < span; i += CHUNK) {
        const count = min(CHUNK, span - i);
        if (<i32>(end - list) > LIST_BYTES - CHUNK * 8) {
          if (ASC_FEATURE_SIMD) addPairProducts(list, end, sums, channels);
          else addProducts(list, end, sums, channels);
          end = list;
        }
        if (ASC_FEATURE_SIMD) end = listPairs(pixels + i, count, row, stride, end);
        else end = listPixels(pixels + i, count, row, stride, end);
        row += (ASC_FEATURE_SIMD ? (count + 1) >> 1 : count) * stride;
      }
    }
    if (ASC_FEATURE_SIMD) addPairProducts(list, end, sums, channels);
    else addProducts(list, end, sums, channels);
    if (ASC_FEATURE_SIMD && !is32) storeInput16(sums, shift, input, channels);
    else storeInput(sums, shift, input, channels, is32);
    input += channels << (is32 ? 2 : 1);
  }
  return input;
}
