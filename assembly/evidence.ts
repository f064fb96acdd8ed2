/** What the exits have said so far: spike counts of a `spikes` readout, membrane potentials of a `current` one. */

import { layerState } from './arena';
import { exitCount, exitLayer, layerRecord, netRecord, stopTable } from './model';
import { LAYER_BURST, LAYER_READOUT, NET_STOP_ROWS, READOUT_CURRENT } from './shared/format';
import { NEVER } from './shared/limits';
import { RUN_MODEL, RUN_STEP, STATE_MEMBRANE, STATE_TALLY } from './shared/state';

/** Pointer to i32 [class]. */
export function evidence(net: usize, exit: i32): usize {
  const model: usize = load<u32>(net + RUN_MODEL);
  const index = exitLayer(model, exit);
  const current = load<u8>(layerRecord(model, index) + LAYER_READOUT) === READOUT_CURRENT;
  return load<u32>(layerState(net, index) + (current ? STATE_MEMBRANE : STATE_TALLY));
}

/** N of the fusion: how often a classifier's neuron could have fired, burst limit × steps. */
export function chances(net: usize): u32 {
  const model: usize = load<u32>(net + RUN_MODEL);
  return load<u32>(net + RUN_STEP) * load<u8>(layerRecord(model, exitLayer(model, 0)) + LAYER_BURST);
}

/** The margin from which on the answer of this exit is final at the present step. */
export function stopMargin(net: usize, exit: i32): i32 {
  const model: usize = load<u32>(net + RUN_MODEL);
  const row = load<i32>(net + RUN_STEP) - 1;
  if (row >= <i32>load<u16>(netRecord(model) + NET_STOP_ROWS)) return NEVER;
  return load<i32>(stopTable(model) + ((row * exitCount(model) + exit) << 2));
}
