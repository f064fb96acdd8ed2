/** One layer: reset at the start of an image, then step by step: row by row, gather the drives, then fire. */

import { gatherRow } from './gather';
import { fireRow } from './kernels/fire';
import { injectRow } from './kernels/image';
import { counts, layerState, SCRATCH_DRIVES } from './model/arena';
import { arrayBytes, biases, keepsOneRow, layerRecord, thresholds } from './model/sections';
import * as F from './shared/format';
import * as S from './shared/state';

/** Membranes at their start values and the image's input computed, for `rows` rows from row `y` on. */
function startRows(model: usize, net: usize, layer: usize, state: usize, y: i32, rows: i32): void {
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const is32 = load<u8>(layer + F.LAYER_IS32) !== 0;
  const start = thresholds(model, layer) + arrayBytes(channels, is32);
  const v: usize = load<u32>(state + S.STATE_MEMBRANE);
  const position: usize = channels << (is32 ? 2 : 1);
  const bytes: usize = <usize>(rows * width) * position;
  // All positions begin like the first.
  if (ASC_FEATURE_SIMD) {
    memory.copy(v, start, position);
    for (let filled = position; filled < bytes; filled <<= 1)
      memory.copy(v + filled, v, min(filled, bytes - filled));
  } else {
    for (let i: usize = 0; i < bytes; i += 2)
      store<u16>(v + i, load<u16>(i < position ? start + i : v + i - position));
  }
  let input: usize = load<u32>(state + S.STATE_INPUT);
  if (input === 0) return;
  for (; rows > 0; rows--) input = injectRow(net, layer, y++, input);
}

/** No spike in flight, all counters zero, membranes at their start values where they are kept. */
export function resetLayer(model: usize, net: usize, index: i32): void {
  const layer = layerRecord(model, index);
  const state = layerState(net, index);
  const height: i32 = load<u16>(layer + F.LAYER_HEIGHT);
  if (!keepsOneRow(model, layer)) startRows(model, net, layer, state, 0, height);
  memory.fill(state, 0, S.STATE_MEMBRANE);
  const tally: usize = load<u32>(state + S.STATE_TALLY);
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  if (tally !== 0) {
    const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
    memory.fill(tally, 0, (height * width * channels) << 2);
  }
  const starts: usize = load<u32>(state + S.STATE_STARTS);
  if (starts !== 0) memory.fill(starts, 0, (height * counts(layer) * (width + 1)) << 1);
}

/** One time step. */
export function advance(model: usize, net: usize, index: i32): void {
  const layer = layerRecord(model, index);
  const state = layerState(net, index);
  const first: i32 = load<u16>(layer + F.LAYER_FIRST_PROJECTION);
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const bytes = arrayBytes(load<u16>(layer + F.LAYER_CHANNELS), load<u8>(layer + F.LAYER_IS32) !== 0);
  const bias = biases(model, layer);
  // The image's input, bias included, is the only drive of a layer that has one.
  const projections: i32 =
    load<u32>(state + S.STATE_INPUT) !== 0 ? 0 : load<u16>(layer + F.LAYER_PROJECTIONS);
  for (let y: i32 = 0; y < <i32>load<u16>(layer + F.LAYER_HEIGHT); y++) {
    let drives = <usize>load<u32>(net + S.RUN_SCRATCH) + SCRATCH_DRIVES;
    for (let x: i32 = projections === 0 ? width : 0; x < width; x++, drives += bytes) {
      if (ASC_FEATURE_SIMD) {
        for (let i: i32 = 0; i < bytes; i += 16) v128.store(drives + i, v128.load(bias + i));
      } else {
        for (let i: i32 = 0; i < bytes; i += 8) store<u64>(drives + i, load<u64>(bias + i));
      }
    }
    if (keepsOneRow(model, layer)) startRows(model, net, layer, state, y, 1);
    for (let p: i32 = 0; p < projections; p++) gatherRow(model, net, layer, state, first + p, y);
    fireRow(model, net, layer, state, y);
  }
}
