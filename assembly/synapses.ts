/** Delivers the events of a source layer to the membranes of its target: one row of weights per event and tap. */

import { layerState } from './arena';
import { layerRecord, weights } from './model';
import { addRow16, addRow32 } from './row';
import {
  KIND_DEPTHWISE,
  KIND_POOL,
  KIND_POOLED,
  LAYER_CHANNELS,
  LAYER_HEIGHT,
  LAYER_MEMBRANE_BITS,
  LAYER_WIDTH,
  SYN_KERNEL_H,
  SYN_KERNEL_W,
  SYN_KIND,
  SYN_PAD_LEFT,
  SYN_PAD_TOP,
  SYN_SOURCE,
  SYN_STRIDE_X,
  SYN_STRIDE_Y,
  SYN_WEIGHTS,
} from './shared/format';
import { STATE_COUNTS, STATE_FIRED, STATE_MEMBRANE, STATE_SOPS, STATE_STARTS } from './shared/state';

/** Adds Σ w·s of one group of synapses; `state` belongs to the target `layer`. */
export function deliver(model: usize, net: usize, layer: usize, state: usize, group: usize): void {
  const from = load<u16>(group + SYN_SOURCE);
  const source = layerRecord(model, from);
  const sent = layerState(net, from);
  const kind = load<u8>(group + SYN_KIND);
  let sops: u64;
  if (kind === KIND_POOL) sops = deliverPool(source, sent, layer, state);
  else sops = deliverRows(model, source, sent, layer, state, group, kind);
  store<u64>(state + STATE_SOPS, load<u64>(state + STATE_SOPS) + sops);
}

/** Convolutions and pooled classifiers: a row of weights per event and tap; behind a pool every position is one tap. */
function deliverRows(
  model: usize,
  source: usize,
  sent: usize,
  layer: usize,
  state: usize,
  group: usize,
  kind: i32,
): u64 {
  const inChannels: i32 = load<u16>(source + LAYER_CHANNELS);
  const inHeight: i32 = load<u16>(source + LAYER_HEIGHT);
  const inWidth: i32 = load<u16>(source + LAYER_WIDTH);
  const channels: i32 = load<u16>(layer + LAYER_CHANNELS);
  const height: i32 = load<u16>(layer + LAYER_HEIGHT);
  const width: i32 = load<u16>(layer + LAYER_WIDTH);
  const kernelH: i32 = load<u16>(group + SYN_KERNEL_H);
  const kernelW: i32 = load<u16>(group + SYN_KERNEL_W);
  const strideY: i32 = load<u8>(group + SYN_STRIDE_Y);
  const strideX: i32 = load<u8>(group + SYN_STRIDE_X);
  const top: i32 = load<u8>(group + SYN_PAD_TOP);
  const left: i32 = load<u8>(group + SYN_PAD_LEFT);
  const bits: i32 = load<u8>(layer + LAYER_MEMBRANE_BITS);
  const rows = weights(model) + load<u32>(group + SYN_WEIGHTS);
  const membranes: usize = load<u32>(state + STATE_MEMBRANE);
  const starts: usize = load<u32>(sent + STATE_STARTS);
  const fanOut = kind === KIND_DEPTHWISE ? 1 : channels;
  let sops: u64 = 0;

  for (let y: i32 = 0; y < inHeight; y++) {
    for (let x: i32 = 0; x < inWidth; x++) {
      const first = load<i32>(starts + ((y * inWidth + x) << 2));
      const last = load<i32>(starts + ((y * inWidth + x) << 2), 4);
      if (first === last) continue;
      if (kind === KIND_POOLED) {
        addEvents(sent, first, last, x * inChannels, membranes, rows, channels, bits);
        sops += <u64>(last - first) * channels;
        continue;
      }
      // Output (oy, ox) sees this position through tap (ky, kx) if oy·stride + ky = y + top, likewise for x.
      for (let ky: i32 = 0; ky < kernelH; ky++) {
        const down = y + top - ky;
        const oy = down / strideY;
        if (down < 0 || oy >= height || oy * strideY !== down) continue;
        for (let kx: i32 = 0; kx < kernelW; kx++) {
          const across = x + left - kx;
          const ox = across / strideX;
          if (across < 0 || ox >= width || ox * strideX !== across) continue;
          const target = membranes + <usize>(((oy * width + ox) * channels) << (bits >> 4));
          const tap = rows + <usize>((ky * kernelW + kx) * inChannels * fanOut);
          if (kind === KIND_DEPTHWISE) addSingles(sent, first, last, x * inChannels, target, tap, bits);
          else addEvents(sent, first, last, x * inChannels, target, tap, channels, bits);
          sops += <u64>(last - first) * fanOut;
        }
      }
    }
  }
  return sops;
}

/** Adds the rows of the events first..last, which all stand at the position whose first channel is `origin`. */
function addEvents(
  sent: usize,
  first: i32,
  last: i32,
  origin: i32,
  target: usize,
  rows: usize,
  channels: i32,
  bits: i32,
): void {
  const fired: usize = load<u32>(sent + STATE_FIRED);
  const counts: usize = load<u32>(sent + STATE_COUNTS);
  for (let i = first; i < last; i++) {
    const row = rows + <usize>((<i32>load<u16>(fired + (i << 1)) - origin) * channels);
    let count: i32 = counts === 0 ? 1 : load<u8>(counts + i);
    for (let shift = 0; count !== 0; shift++, count >>= 1) {
      if ((count & 1) === 0) continue;
      if (bits === 16) addRow16(target, row, channels, shift);
      else addRow32(target, row, channels, shift);
    }
  }
}

/** Depthwise: an event reaches its own channel alone, with one weight per tap. */
function addSingles(
  sent: usize,
  first: i32,
  last: i32,
  origin: i32,
  target: usize,
  tap: usize,
  bits: i32,
): void {
  const fired: usize = load<u32>(sent + STATE_FIRED);
  const counts: usize = load<u32>(sent + STATE_COUNTS);
  for (let i = first; i < last; i++) {
    const channel = <i32>load<u16>(fired + (i << 1)) - origin;
    const v = target + (channel << (bits >> 4));
    let count: i32 = counts === 0 ? 1 : load<u8>(counts + i);
    for (let shift = 0; count !== 0; shift++, count >>= 1) {
      if ((count & 1) === 0) continue;
      if (bits === 16) addRow16(v, tap + channel, 1, shift);
      else addRow32(v, tap + channel, 1, shift);
    }
  }
}

/** Channel by channel: every spike counts 1, whatever its position. */
function deliverPool(source: usize, sent: usize, layer: usize, state: usize): u64 {
  const channels: i32 = load<u16>(source + LAYER_CHANNELS);
  const inHeight: i32 = load<u16>(source + LAYER_HEIGHT);
  const inWidth: i32 = load<u16>(source + LAYER_WIDTH);
  const wide = load<u8>(layer + LAYER_MEMBRANE_BITS) === 32;
  const membranes: usize = load<u32>(state + STATE_MEMBRANE);
  const starts: usize = load<u32>(sent + STATE_STARTS);
  const fired: usize = load<u32>(sent + STATE_FIRED);
  const counts: usize = load<u32>(sent + STATE_COUNTS);
  for (let y: i32 = 0; y < inHeight; y++) {
    for (let x: i32 = 0; x < inWidth; x++) {
      const position = starts + ((y * inWidth + x) << 2);
      const last = load<i32>(position, 4);
      for (let i = load<i32>(position); i < last; i++) {
        const channel = <i32>load<u16>(fired + (i << 1)) - x * channels;
        const count: i32 = counts === 0 ? 1 : load<u8>(counts + i);
        const v = membranes + (channel << (wide ? 2 : 1));
        if (wide) store<i32>(v, load<i32>(v) + count);
        else store<i16>(v, <i16>(load<i16>(v) + count));
      }
    }
  }
  return load<i32>(starts + ((inHeight * inWidth) << 2));
}
