/** The stop table: which lead of the winner ends a run; and the guards, which keep strange images from ending early. */

import { layerState } from '../model/arena';
import { layerRecord, netRecord, projectionRecord, section } from '../model/sections';
import * as F from '../shared/format';
import * as L from '../shared/limits';
import * as S from '../shared/state';

/** The margin from which on the answer of this exit is final at the present step. */
export function stopMargin(net: usize, exit: i32): i32 {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const record = netRecord(model);
  const row = load<i32>(net + S.RUN_STEP) - 1;
  if (load<u32>(net + S.RUN_UNUSUAL) !== 0 || row >= <i32>load<u16>(record + F.NET_STOP_ROWS)) return L.NEVER;
  const cell = row * load<u16>(record + F.NET_EXITS) + exit;
  return load<i32>(section(model, F.SECTION_STOP) + (cell << 2));
}

/** Whether the latest decision, which stands on `exit`, passes the stop table. */
export function isSure(net: usize, exit: i32): bool {
  const margin = stopMargin(net, exit);
  return margin !== L.NEVER && load<i32>(net + S.RUN_MARGIN) >= margin;
}

/** Whether a layer's spikes in the first step, in proportion to those of its first source, are outside its guard. */
export function isUnusual(model: usize, net: usize, index: i32, guard: usize): bool {
  const first = projectionRecord(model, load<u16>(layerRecord(model, index) + F.LAYER_FIRST_PROJECTION));
  const source = load<u64>(layerState(net, load<u16>(first + F.PROJ_SOURCE)) + S.STATE_SPIKES) + 1;
  const spikes = load<u64>(layerState(net, index) + S.STATE_SPIKES) << F.GUARD_BITS;
  return (
    spikes < source * load<u32>(guard + F.GUARD_LOW) || spikes > source * load<u32>(guard + F.GUARD_HIGH)
  );
}
