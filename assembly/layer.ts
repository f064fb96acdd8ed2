/** One layer, one time step: row by row, gather the drives, then fire. */

import { drivesBytes, layerState, SCRATCH_DRIVES } from './arena';
import { gatherRow } from './gather';
import { layerRecord } from './model';
import { fireRow } from './neuron';
import {
  LAYER_CHANNELS,
  LAYER_FIRST_SYNAPSES,
  LAYER_HEIGHT,
  LAYER_MEMBRANE_BITS,
  LAYER_SYNAPSES,
  LAYER_WIDTH,
} from './shared/format';
import { RUN_SCRATCH, STATE_CURRENT } from './shared/state';

export function advance(model: usize, net: usize, index: i32): void {
  const layer = layerRecord(model, index);
  const state = layerState(net, index);
  const first: i32 = load<u16>(layer + LAYER_FIRST_SYNAPSES);
  // The image's current is the only input of a layer that has one.
  const groups: i32 = load<u32>(state + STATE_CURRENT) !== 0 ? 0 : load<u16>(layer + LAYER_SYNAPSES);
  const drives = <usize>load<u32>(net + RUN_SCRATCH) + SCRATCH_DRIVES;
  const wide = load<u8>(layer + LAYER_MEMBRANE_BITS) === 32;
  const bytes = <i32>load<u16>(layer + LAYER_WIDTH) * drivesBytes(load<u16>(layer + LAYER_CHANNELS), wide);
  for (let y: i32 = 0; y < <i32>load<u16>(layer + LAYER_HEIGHT); y++) {
    if (groups > 0) memory.fill(drives, 0, bytes);
    for (let i: i32 = 0; i < groups; i++) gatherRow(model, net, layer, state, first + i, y);
    fireRow(model, net, layer, state, y);
  }
}
