/**
 * Σ w·s of one group of synapses for every neuron of a row, gathered at the target: the events that a position sees in a
 * row of its source are one contiguous range per spike count, whatever the kernel's width.
 */

import { addRows, MOST_ROWS } from './kernels/add-rows';
import { drivesBytes, layerState, SCRATCH_BOUNDS, SCRATCH_DRIVES, SCRATCH_LIST } from './model/arena';
import { rowBytes, weightAt } from './model/rows';
import { layerRecord, synapsesRecord } from './model/sections';
import * as F from './shared/format';
import * as S from './shared/state';

/** Adds to the drives of row `y`; `state` belongs to the target `layer`, `index` is the group's. */
export function gatherRow(model: usize, net: usize, layer: usize, state: usize, index: i32, y: i32): void {
  const group = synapsesRecord(model, index);
  const source = layerRecord(model, load<u16>(group + F.SYN_SOURCE));
  const sent = layerState(net, load<u16>(group + F.SYN_SOURCE));
  const inChannels: i32 = load<u16>(source + F.LAYER_CHANNELS);
  const inHeight: i32 = load<u16>(source + F.LAYER_HEIGHT);
  const inWidth: i32 = load<u16>(source + F.LAYER_WIDTH);
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const wide = load<u8>(layer + F.LAYER_MEMBRANE_BITS) === 32;
  // A pooled group sees the whole source through one row of weights per channel.
  const conv = load<u8>(group + F.SYN_KIND) === F.KIND_CONV;
  const pool = load<u8>(group + F.SYN_KIND) === F.KIND_POOL;
  const kernelH: i32 = conv ? load<u16>(group + F.SYN_KERNEL_H) : inHeight;
  const kernelW: i32 = conv ? load<u16>(group + F.SYN_KERNEL_W) : inWidth;
  const groups: i32 = pool ? inChannels : conv ? load<u16>(group + F.SYN_GROUPS) : 1;
  const fanOut = channels / groups;
  const bits: i32 = ASC_FEATURE_SIMD || pool ? 8 : <i32>load<u8>(group + F.SYN_BITS);
  const stride = pool ? 0 : rowBytes(fanOut, bits, groups);
  const rows: usize = load<u32>(<usize>load<u32>(net + S.RUN_ROWS) + (index << 2));
  // Whole rows are listed and summed; parts of them, and weights narrower than a byte, are added one by one.
  const listed = !pool && groups === 1 && bits === 8;
  const burst: i32 = load<u8>(source + F.LAYER_BURST);
  const lists = burst << load<u8>(source + F.LAYER_SIGNED);
  const fired: usize = load<u32>(sent + S.STATE_FIRED);
  const starts: usize = load<u32>(sent + S.STATE_STARTS);
  const scratch: usize = load<u32>(net + S.RUN_SCRATCH);
  const list = scratch + SCRATCH_LIST;
  const bounds = scratch + SCRATCH_BOUNDS;
  const bytes = drivesBytes(channels, wide);
  const above = y * <i32>load<u8>(group + F.SYN_STRIDE_Y) - <i32>load<u8>(group + F.SYN_PAD_TOP);
  const firstY = max(above, 0);
  const lastY = min(above + kernelH, inHeight);
  // From a row of the source to the next: its starts, its events, and the rows of weights of the next tap.
  const nextStarts: usize = (lists * (inWidth + 1)) << 1;
  const nextEvents: usize = (inWidth * inChannels) << 1;
  const nextTaps: usize = kernelW * inChannels * stride;
  let drives = scratch + SCRATCH_DRIVES;
  let seen: u64 = 0;

  for (let x: i32 = 0; x < width; x++, drives += bytes) {
    const before = x * <i32>load<u8>(group + F.SYN_STRIDE_X) - <i32>load<u8>(group + F.SYN_PAD_LEFT);
    const firstX = max(before, 0);
    const lastX = min(before + kernelW, inWidth);
    for (let most = burst; most <= lists; most += burst) {
      // Counts from +burst down to 1, then from −burst to −1.
      const minus = most > burst;
      let end = list;
      for (let count = burst; count > 0; count--) {
        let start: usize = starts + firstY * nextStarts + (((most - burst + count - 1) * (inWidth + 1)) << 1);
        let events: usize = fired + firstY * nextEvents;
        let taps: usize = conv ? rows + (firstY - above) * nextTaps - before * inChannels * stride : rows;
        for (let sy = firstY; sy < lastY; sy++) {
          // What a window sees of a row is one range; behind a pool every position begins anew.
          for (let sx = firstX, next = lastX; sx < lastX; sx = next) {
            if (!conv || !listed) next = sx + 1;
            let i: i32 = load<u16>(start + (sx << 1));
            const last: i32 = load<u16>(start + (next << 1));
            const base = conv ? taps : taps - sx * inChannels * stride;
            seen += last - i;
            if (i === last) continue;
            if (listed) {
              while (last - i > MOST_ROWS - (<i32>(end - list) >> 2)) {
                const take = MOST_ROWS - (<i32>(end - list) >> 2);
                end = listRows(end, events + (i << 1), take, base, stride);
                i += take;
                setBounds(bounds, 1, count, end);
                addRows(list, bounds, burst, drives, channels, wide, minus);
                end = list;
                setBounds(bounds, count, burst, list);
              }
              end = listRows(end, events + (i << 1), last - i, base, stride);
            } else {
              scatter(
                events + (i << 1),
                events + (last << 1),
                sx * inChannels,
                base,
                stride,
                inChannels / groups,
                fanOut,
                bits,
                minus ? -count : count,
                drives,
                wide,
                pool,
              );
            }
          }
          start += nextStarts;
          events += nextEvents;
          if (conv) taps += nextTaps;
        }
        store<u32>(bounds + (count << 2), <u32>end);
      }
      if (end > list) addRows(list, bounds, burst, drives, channels, wide, minus);
    }
  }
  store<u64>(state + S.STATE_SOPS, load<u64>(state + S.STATE_SOPS) + seen * fanOut);
}

function setBounds(bounds: usize, from: i32, to: i32, end: usize): void {
  for (; from <= to; from++) store<u32>(bounds + (from << 2), <u32>end);
}

/** The address of the row of every event; returns the list's end. */
function listRows(list: usize, events: usize, count: i32, base: usize, stride: i32): usize {
  const end = list + (count << 2);
  if (ASC_FEATURE_SIMD) {
    // Eight at a time, even for none: short ranges are foreseen. Behind the list and the events are spare bytes.
    const step = i32x4.splat(stride);
    const first = i32x4.splat(<i32>base);
    do {
      v128.store(list, i32x4.add(i32x4.mul(v128.load_ext<u16>(events), step), first));
      v128.store(list, i32x4.add(i32x4.mul(v128.load_ext<u16>(events, 8), step), first), 16);
      list += 32;
      events += 16;
    } while (list < end);
  } else {
    for (; list < end; list += 4, events += 2)
      store<u32>(list, <u32>(base + <i32>load<u16>(events) * stride));
  }
  return end;
}

/** Each event adds its row to the `fanOut` channels of its group of `perGroup` sources. */
function scatter(
  events: usize,
  end: usize,
  origin: i32,
  base: usize,
  stride: i32,
  perGroup: i32,
  fanOut: i32,
  bits: i32,
  count: i32,
  drives: usize,
  wide: bool,
  pool: bool,
): void {
  // Channels ascend within a position, so the groups do too.
  let last = perGroup;
  for (; events < end; events += 2) {
    const event: i32 = load<u16>(events);
    for (; event - origin >= last; last += perGroup) drives += fanOut << (wide ? 2 : 1);
    const row = base + event * stride;
    for (let k: i32 = 0; k < fanOut; k++) {
      const weight = pool ? 1 : weightAt(row, k, bits);
      let sum = 0;
      for (let n = abs(count); n > 0; n--) sum += weight;
      if (count < 0) sum = -sum;
      if (wide) store<i32>(drives + (k << 2), load<i32>(drives + (k << 2)) + sum);
      else store<i16>(drives + (k << 1), load<i16>(drives + (k << 1)) + sum);
    }
  }
}
