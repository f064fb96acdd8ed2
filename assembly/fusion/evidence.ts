/** What the exits have said so far: spike counts of a `spikes` readout, membrane potentials of a `current` one. */

import { layerState } from '../model/arena';
import { exitCount, exitLayer, layerRecord, netRecord, stopTable } from '../model/sections';
import * as F from '../shared/format';
import * as L from '../shared/limits';
import * as S from '../shared/state';

/** Pointer to i32 [class]. */
export function evidence(net: usize, exit: i32): usize {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const index = exitLayer(model, exit);
  const current = load<u8>(layerRecord(model, index) + F.LAYER_READOUT) === F.READOUT_CURRENT;
  return load<u32>(layerState(net, index) + (current ? S.STATE_MEMBRANE : S.STATE_TALLY));
}

/** N of the fusion: how often a classifier's neuron could have fired, burst limit × steps. */
export function chances(net: usize): u32 {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  return load<u32>(net + S.RUN_STEP) * load<u8>(layerRecord(model, exitLayer(model, 0)) + F.LAYER_BURST);
}

/** The margin from which on the answer of this exit is final at the present step. */
export function stopMargin(net: usize, exit: i32): i32 {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const row = load<i32>(net + S.RUN_STEP) - 1;
  if (row >= <i32>load<u16>(netRecord(model) + F.NET_STOP_ROWS)) return L.NEVER;
  return load<i32>(stopTable(model) + ((row * exitCount(model) + exit) << 2));
}
