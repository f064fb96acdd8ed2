/** Direct coding: the constant current that an image injects into the layer it feeds, computed once per image. */

import { netRecord, neurons, paddingPixels, weights } from './model';
import { rowBytes, weightAt } from './row';
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
  SYN_WEIGHTS,
} from './shared/format';

/**
 * current = (bias + Σ weight·pixel + half) >> shift, at every neuron; taps outside the image see the padding pixel.
 * In 16 bits it is clamped, so that no image whatever can make a membrane wrap in one step.
 * `image` is u8 [height][width][channel], `current` i16 or i32 [height][width][channel], `sums` i32 [channel].
 */
export function injectImage(
  model: usize,
  layer: usize,
  group: usize,
  image: usize,
  current: usize,
  sums: usize,
): void {
  const net = netRecord(model);
  const inHeight: i32 = load<u16>(net + NET_HEIGHT);
  const inWidth: i32 = load<u16>(net + NET_WIDTH);
  const inChannels: i32 = load<u16>(net + NET_CHANNELS);
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
  const bits: i32 = load<u8>(group + SYN_BITS);
  const stride = rowBytes(fanOut, bits);
  const kernelH: i32 = load<u16>(group + SYN_KERNEL_H);
  const kernelW: i32 = load<u16>(group + SYN_KERNEL_W);

  for (let oy: i32 = 0; oy < height; oy++) {
    for (let ox: i32 = 0; ox < width; ox++) {
      for (let c: i32 = 0; c < channels; c++) {
        store<i32>(sums + (c << 2), load<i32>(bias + (c << 2)) + half);
      }
      let row = weights(model) + load<u32>(group + SYN_WEIGHTS);
      for (let ky: i32 = 0; ky < kernelH; ky++) {
        const y = oy * load<u8>(group + SYN_STRIDE_Y) + ky - load<u8>(group + SYN_PAD_TOP);
        for (let kx: i32 = 0; kx < kernelW; kx++) {
          const x = ox * load<u8>(group + SYN_STRIDE_X) + kx - load<u8>(group + SYN_PAD_LEFT);
          const inside = y >= 0 && y < inHeight && x >= 0 && x < inWidth;
          const pixels = inside ? image + (y * inWidth + x) * inChannels : padding;
          for (let i: i32 = 0; i < inChannels; i++, row += stride) {
            const pixel: i32 = load<u8>(pixels + i);
            const target = sums + (((i / perGroup) * fanOut) << 2);
            if (pixel !== 0) addProducts(target, row, fanOut, bits, pixel);
          }
        }
      }
      for (let c: i32 = 0; c < channels; c++) {
        const drive = load<i32>(sums + (c << 2)) >> shift;
        if (wide) store<i32>(current, drive);
        else store<i16>(current, <i16>max(-CURRENT_MOST, min(CURRENT_MOST, drive)));
        current += wide ? 4 : 2;
      }
    }
  }
}

/** sums[i] += weight[i]·pixel: the only products in the engine's layers, and only once per image. */
function addProducts(sums: usize, row: usize, channels: i32, bits: i32, pixel: i32): void {
  for (let c: i32 = 0; c < channels; c++) {
    const sum = sums + (c << 2);
    store<i32>(sum, load<i32>(sum) + pixel * weightAt(row, c, bits));
  }
}
