/** Rows that cannot be listed: parts of a group's channels, or weights narrower than a byte. */

import { weightAt } from '../model/rows';

/** drives[k] += count·weight[k] for all `fanOut` weights of a row, by |count| additions. */
export function addRow(row: usize, drives: usize, fanOut: i32, bits: i32, count: i32, is32: bool): void {
  for (let k: i32 = 0; k < fanOut; k++) {
    const weight = weightAt(row, k, bits);
    let sum = 0;
    for (let n = abs(count); n > 0; n--) sum += weight;
    if (count < 0) sum = -sum;
    if (is32) store<i32>(drives, load<i32>(drives) + sum);
    else store<i16>(drives, load<i16>(drives) + sum);
    drives += is32 ? 4 : 2;
  }
}
