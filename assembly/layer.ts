/** One layer, one time step: row by row, gather the drives, then fire. */

import { gatherRow } from './gather';
import { fireRow } from './kernels/fire';
import { drivesBytes, layerState, SCRATCH_DRIVES } from './model/arena';
import { layerRecord, neurons } from './model/sections';
import * as F from './shared/format';
import * as S from './shared/state';

export function advance(model: usize, net: usize, index: i32): void {
  const layer = layerRecord(model, index);
  const state = layerState(net, index);
  const first: i32 = load<u16>(layer + F.LAYER_FIRST_SYNAPSES);
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const wide = load<u8>(layer + F.LAYER_MEMBRANE_BITS) === 32;
  const bytes = drivesBytes(channels, wide);
  const biases = wide
    ? neurons(model, layer, F.NEURON_BIAS)
    : <usize>load<u32>(state + S.STATE_UNITS) + bytes;
  // The image's current, bias included, is the only input of a layer that has one.
  const groups: i32 = load<u32>(state + S.STATE_CURRENT) !== 0 ? 0 : load<u16>(layer + F.LAYER_SYNAPSES);
  for (let y: i32 = 0; y < <i32>load<u16>(layer + F.LAYER_HEIGHT); y++) {
    let drives = <usize>load<u32>(net + S.RUN_SCRATCH) + SCRATCH_DRIVES;
    for (let x: i32 = groups === 0 ? width : 0; x < width; x++, drives += bytes) {
      // The arrays of 16 bits are as long as the drives; of i32 there are no more than channels.
      const size = wide ? channels << 2 : bytes;
      if (ASC_FEATURE_SIMD && !wide) {
        for (let i: i32 = 0; i < size; i += 16) v128.store(drives + i, v128.load(biases + i));
      } else {
        for (let i: i32 = 0; i < size; i += 4) store<u32>(drives + i, load<u32>(biases + i));
      }
    }
    for (let i: i32 = 0; i < groups; i++) gatherRow(model, net, layer, state, first + i, y);
    fireRow(model, net, layer, state, y);
  }
}
