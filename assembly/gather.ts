/**
 * Σ w·s of one projection for every neuron of a row, gathered at the target: the events that a position sees in a
 * row of its source are one contiguous range per spike count, whatever the kernel's width.
 */

import { addRow } from './kernels/add-row';
import { addRows } from './kernels/add-rows';
import { listRows } from './kernels/list-rows';
import { raise } from './kernels/raise';
import { layerState, MAX_ROWS, SCRATCH_BOUNDS, SCRATCH_DRIVES, SCRATCH_LIST } from './model/arena';
import { rowBytes } from './model/rows';
import { arrayBytes, layerRecord, projectionRecord } from './model/sections';
import * as F from './shared/format';
import * as S from './shared/state';

/** Adds to the drives of row `y`; `state` belongs to the target `layer`, `index` is the projection's. */
export function gatherRow(model: usize, net: usize, layer: usize, state: usize, index: i32, y: i32): void {
  const projection = projectionRecord(model, index);
  const source = layerRecord(model, load<u16>(projection + F.PROJ_SOURCE));
  const sent = layerState(net, load<u16>(projection + F.PROJ_SOURCE));
  const inChannels: i32 = load<u16>(source + F.LAYER_CHANNELS);
  const inWidth: i32 = load<u16>(source + F.LAYER_WIDTH);
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const is32 = load<u8>(layer + F.LAYER_IS32) !== 0;
  const kernelW: i32 = load<u16>(projection + F.PROJ_KERNEL_W);
  const groups: i32 = load<u16>(projection + F.PROJ_GROUPS);
  const kind: i32 = load<u8>(projection + F.PROJ_KIND);
  const fanOut = channels / groups;
  const bits: i32 = ASC_FEATURE_SIMD ? 8 : <i32>load<u8>(projection + F.PROJ_BITS);
  const stride: usize = rowBytes(fanOut, bits, groups);
  const rows: usize = load<u32>(<usize>load<u32>(net + S.RUN_ROWS) + (index << 2));
  // Whole rows are listed and summed; parts of them, and weights narrower than a byte, are added one by one.
  const isListed = groups === 1 && bits === 8 && kind !== F.KIND_MAX;
  // What a window sees of a row is one range; where its taps share their weights every position begins anew.
  const isPooled = kind === F.KIND_POOLED;
  const perGroup = inChannels / groups;
  // Of a max pool: how often each neuron of the source fired since begin, and each of the target.
  const tally: usize = load<u32>(sent + S.STATE_TALLY);
  const fired: usize = load<u32>(sent + S.STATE_FIRED);
  let own =
    <usize>load<u32>(state + S.STATE_TALLY) + ((y * load<u16>(layer + F.LAYER_WIDTH) * channels) << 2);
  const burst: i32 = load<u8>(source + F.LAYER_BURST);
  const lists = burst << load<u8>(source + F.LAYER_SIGNED);
  const scratch: usize = load<u32>(net + S.RUN_SCRATCH);
  const list = scratch + SCRATCH_LIST;
  const bounds = scratch + SCRATCH_BOUNDS;
  const bytes = arrayBytes(channels, is32);
  const above = y * load<u8>(projection + F.PROJ_STRIDE_Y) - load<u8>(projection + F.PROJ_PAD_TOP);
  const firstY = max(above, 0);
  const lastY = min(
    above + <i32>load<u16>(projection + F.PROJ_KERNEL_H),
    <i32>load<u16>(source + F.LAYER_HEIGHT),
  );
  // From a row of the source to the next: its starts, its events, and the rows of weights of the next tap.
  const nextStarts: usize = (lists * (inWidth + 1)) << 1;
  const nextEvents: usize = (inWidth * inChannels) << 1;
  const nextTaps: usize = isPooled ? 0 : <usize>(kernelW * inChannels) * stride;
  const startsOfWindow = <usize>load<u32>(sent + S.STATE_STARTS) + <usize>firstY * nextStarts;
  const eventsOfWindow = fired + <usize>firstY * nextEvents;
  const tapsOfWindow = rows + <usize>(firstY - above) * nextTaps;
  let drives = scratch + SCRATCH_DRIVES;
  let seen: u64 = 0;

  for (
    let x: i32 = 0;
    x < <i32>load<u16>(layer + F.LAYER_WIDTH);
    x++, drives += bytes, own += channels << 2
  ) {
    const before = x * load<u8>(projection + F.PROJ_STRIDE_X) - load<u8>(projection + F.PROJ_PAD_LEFT);
    const firstX = max(before, 0);
    const lastX = min(before + kernelW, inWidth);
    for (let last = burst; last <= lists; last += burst) {
      // Counts from +burst down to 1, then from −burst to −1.
      const minus = last > burst;
      let end = list;
      for (let count = burst; count > 0; count--) {
        let starts: usize = startsOfWindow + (((last - burst + count - 1) * (inWidth + 1)) << 1);
        let events = eventsOfWindow;
        let taps = tapsOfWindow - <usize>(before * inChannels) * stride;
        for (let sy = firstY; sy < lastY; sy++) {
          for (let sx = firstX, next = lastX; sx < lastX; sx = next) {
            if (isPooled || !isListed) next = sx + 1;
            const i: i32 = load<u16>(starts + (sx << 1));
            let left = <i32>load<u16>(starts + (next << 1)) - i;
            if (left === 0) continue;
            seen += left;
            let event = events + (i << 1);
            const base = isPooled ? rows - <usize>(sx * inChannels) * stride : taps;
            if (!isListed) {
              for (; left > 0; left--, event += 2) {
                const slot: i32 = load<u16>(event);
                let group = slot - sx * inChannels;
                if (perGroup > 1) group /= perGroup;
                const to = drives + ((group * fanOut) << (is32 ? 2 : 1));
                if (kind === F.KIND_MAX)
                  raise(to, tally + ((events - fired) << 1) + (slot << 2), own + (group << 2), layer);
                else addRow(base + <usize>slot * stride, to, fanOut, bits, minus ? -count : count, is32);
              }
              continue;
            }
            for (let room = MAX_ROWS - (<i32>(end - list) >> 2); left > room; room = MAX_ROWS) {
              // A full list is summed up to the present count and begun anew.
              end = listRows(end, event, room, base, stride);
              event += room << 1;
              left -= room;
              for (let n = 1; n <= count; n++) store<u32>(bounds + (n << 2), <u32>end);
              addRows(scratch, burst, drives, channels, is32, minus);
              end = list;
              for (let n = count; n <= burst; n++) store<u32>(bounds + (n << 2), <u32>end);
            }
            end = listRows(end, event, left, base, stride);
          }
          starts += nextStarts;
          events += nextEvents;
          taps += nextTaps;
        }
        store<u32>(bounds + (count << 2), <u32>end);
      }
      if (end > list) addRows(scratch, burst, drives, channels, is32, minus);
    }
  }
  const counter = state + (kind === F.KIND_MAX ? S.STATE_COMPARISONS : S.STATE_SOPS);
  store<u64>(counter, load<u64>(counter) + seen * fanOut);
}
