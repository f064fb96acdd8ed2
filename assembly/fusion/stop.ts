/** The stop table: which lead of the winner ends a run. */

import { netRecord, section } from '../model/sections';
import * as F from '../shared/format';
import * as L from '../shared/limits';
import * as S from '../shared/state';

/** The margin from which on the answer of this exit is final at the present step. */
export function stopMargin(net: usize, exit: i32): i32 {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const record = netRecord(model);
  const row = load<i32>(net + S.RUN_STEP) - 1;
  if (row >= <i32>load<u16>(record + F.NET_STOP_ROWS)) return L.NEVER;
  const cell = row * load<u16>(record + F.NET_EXITS) + exit;
  return load<i32>(section(model, F.SECTION_STOP) + (cell << 2));
}

/** Whether the latest decision, which stands on `exit`, passes the stop table. */
export function isSure(net: usize, exit: i32): bool {
  const margin = stopMargin(net, exit);
  return margin !== L.NEVER && load<i32>(net + S.RUN_MARGIN) >= margin;
}
