/** What the exits have said so far. */

import { netRecord } from '../model/sections';
import * as F from '../shared/format';
import * as S from '../shared/state';

/** Pointer to i32 [class]: an exit's spike counts, or its membrane potentials. */
export function evidence(net: usize, exit: i32): usize {
  return load<u32>(net + S.RUN_EVIDENCE + (exit << 2));
}

/** Number of classes. */
export function classes(net: usize): i32 {
  return load<u16>(netRecord(load<u32>(net + S.RUN_MODEL)) + F.NET_CLASSES);
}
