/** Delivers the events of a source layer to the membranes of its target: one row of weights per event and tap. */

import { layerState } from './arena';
import { layerRecord, weights } from './model';
import { addRow16, addRow32, rowBytes, unpackRow } from './row';
import {
  KIND_POOL,
  KIND_POOLED,
  LAYER_CHANNELS,
  LAYER_HEIGHT,
  LAYER_MEMBRANE_BITS,
  LAYER_SIGNED,
  LAYER_WIDTH,
  SYN_BITS,
  SYN_GROUPS,
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
import {
  RUN_SCRATCH,
  STATE_COUNTS,
  STATE_FIRED,
  STATE_MEMBRANE,
  STATE_SOPS,
  STATE_STARTS,
} from './shared/state';

/** Adds Σ w·s of one group of synapses; `state` belongs to the target `layer`. */
export function deliver(model: usize, net: usize, layer: usize, state: usize, group: usize): void {
  const from = load<u16>(group + SYN_SOURCE);
  const source = layerRecord(model, from);
  const sent = layerState(net, from);
  let sops: u64;
  if (load<u8>(group + SYN_KIND) === KIND_POOL) sops = deliverPool(source, sent, layer, state);
  else sops = deliverRows(model, source, sent, layer, state, group, load<u32>(net + RUN_SCRATCH));
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
  scratch: usize,
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
  const wide = load<u8>(layer + LAYER_MEMBRANE_BITS) === 32;
  const signed = load<u8>(source + LAYER_SIGNED) !== 0;
  const bits: i32 = load<u8>(group + SYN_BITS);
  const pooled = load<u8>(group + SYN_KIND) === KIND_POOLED;
  const groups: i32 = pooled ? 1 : load<u16>(group + SYN_GROUPS);
  const fanOut = channels / groups;
  const perGroup = inChannels / groups;
  const stride = rowBytes(fanOut, bits);
  const rows = weights(model) + load<u32>(group + SYN_WEIGHTS);
  const membranes: usize = load<u32>(state + STATE_MEMBRANE);
  const starts: usize = load<u32>(sent + STATE_STARTS);
  let sops: u64 = 0;

  for (let y: i32 = 0; y < inHeight; y++) {
    for (let x: i32 = 0; x < inWidth; x++) {
      const first = load<i32>(starts + ((y * inWidth + x) << 2));
      const last = load<i32>(starts + ((y * inWidth + x) << 2), 4);
      if (first === last) continue;
      const origin = x * inChannels;
      if (pooled) {
        addEvents(
          sent,
          first,
          last,
          origin,
          signed,
          membranes,
          rows,
          fanOut,
          perGroup,
          stride,
          bits,
          wide,
          scratch,
        );
        sops += <u64>(last - first) * fanOut;
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
          const target = membranes + <usize>(((oy * width + ox) * channels) << (wide ? 2 : 1));
          const tap = rows + <usize>((ky * kernelW + kx) * inChannels * stride);
          addEvents(
            sent,
            first,
            last,
            origin,
            signed,
            target,
            tap,
            fanOut,
            perGroup,
            stride,
            bits,
            wide,
            scratch,
          );
          sops += <u64>(last - first) * fanOut;
        }
      }
    }
  }
  return sops;
}

/**
 * Adds the rows of the events first..last, which all stand at the position whose first channel is `origin`, to the
 * membranes of one position: each event to the `fanOut` channels of its group of `perGroup` sources.
 */
function addEvents(
  sent: usize,
  first: i32,
  last: i32,
  origin: i32,
  signed: bool,
  target: usize,
  rows: usize,
  fanOut: i32,
  perGroup: i32,
  stride: i32,
  bits: i32,
  wide: bool,
  scratch: usize,
): void {
  const fired: usize = load<u32>(sent + STATE_FIRED);
  const counts: usize = load<u32>(sent + STATE_COUNTS);
  // Channels ascend within a position, so the groups do too.
  let end = perGroup;
  let v = target;
  for (let i = first; i < last; i++) {
    const channel = <i32>load<u16>(fired + (i << 1)) - origin;
    for (; channel >= end; end += perGroup) v += <usize>(fanOut << (wide ? 2 : 1));
    let row = rows + <usize>(channel * stride);
    if (bits !== 8) {
      unpackRow(row, fanOut, bits, scratch);
      row = scratch;
    }
    let count = spikesOf(counts, i, signed);
    const minus = count < 0;
    count = abs(count);
    for (let shift = 0; count !== 0; shift++, count >>= 1) {
      if ((count & 1) === 0) continue;
      if (wide) addRow32(v, row, fanOut, shift, minus);
      else addRow16(v, row, fanOut, shift, minus);
    }
  }
}

/** Spikes of event `i`; without an array of counts every event is one spike. */
export function spikesOf(counts: usize, i: i32, signed: bool): i32 {
  if (counts === 0) return 1;
  return signed ? <i32>load<i8>(counts + i) : <i32>load<u8>(counts + i);
}

/** Channel by channel: every spike counts 1, whatever its position. */
function deliverPool(source: usize, sent: usize, layer: usize, state: usize): u64 {
  const channels: i32 = load<u16>(source + LAYER_CHANNELS);
  const inHeight: i32 = load<u16>(source + LAYER_HEIGHT);
  const inWidth: i32 = load<u16>(source + LAYER_WIDTH);
  const wide = load<u8>(layer + LAYER_MEMBRANE_BITS) === 32;
  const signed = load<u8>(source + LAYER_SIGNED) !== 0;
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
        const count = spikesOf(counts, i, signed);
        const v = membranes + (channel << (wide ? 2 : 1));
        if (wide) store<i32>(v, load<i32>(v) + count);
        else store<i16>(v, <i16>(load<i16>(v) + count));
      }
    }
  }
  return load<i32>(starts + ((inHeight * inWidth) << 2));
}
