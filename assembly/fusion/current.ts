/**
 * Fusion of `current` readouts: exits are noisy estimates of the same log-odds, each step gives every exit a weight
 * for its precision, and the weighted sum is the Bayesian estimate. Posteriors are its softmax in base 2.
 */

import { exitCount, fusionTable, netRecord } from '../model/sections';
import * as F from '../shared/format';
import * as L from '../shared/limits';
import * as S from '../shared/state';
import { evidence } from './evidence';
import { share } from './quotient';

/** The i32 words of one exit's stage at the present step: its weights of exits 0..exit, then the temperature. */
function stage(model: usize, step: i32, exit: i32): usize {
  const table = fusionTable(model);
  const exits = exitCount(model);
  const row = min(step, <i32>load<u16>(table)) - 1;
  const words = row * ((exits * (exits + 1)) / 2 + exits) + (exit * (exit + 1)) / 2 + exit;
  return table + 4 + (words << 2);
}

/** Fuses the currents of exits 0..exit into an i64 per class, then picks the class and the margin. */
export function decideCurrent(net: usize, exit: i32): void {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const classes: i32 = load<u16>(netRecord(model) + F.NET_CLASSES);
  const fused: usize = load<u32>(net + S.RUN_SCRATCH);
  const weights = stage(model, load<i32>(net + S.RUN_STEP), exit);
  let best = 0;
  for (let k: i32 = 0; k < classes; k++) {
    let sum: i64 = 0;
    for (let e: i32 = 0; e <= exit; e++) {
      sum += <i64>load<i32>(weights + (e << 2)) * <i64>load<i32>(evidence(net, e) + (k << 2));
    }
    sum >>= F.FUSE_ONE_BITS;
    store<i64>(fused + (k << 3), sum);
    if (sum > load<i64>(fused + (best << 3))) best = k;
  }
  const most = load<i64>(fused + (best << 3));
  let margin: i64 = L.NEVER;
  for (let k: i32 = 0; k < classes; k++)
    if (k !== best) margin = min(margin, most - load<i64>(fused + (k << 3)));
  store<u32>(net + S.RUN_CLASS, best);
  store<i32>(net + S.RUN_MARGIN, <i32>margin);
}

/** 2^−(distance of class k from the winner), of 2^30, with the mantissa 2^−f ≈ 1 − 0.67157 f + 0.17157 f². */
function likelihood(net: usize, k: i32): u64 {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const exit = load<i32>(net + S.RUN_EXIT);
  const fused: usize = load<u32>(net + S.RUN_SCRATCH);
  const gain: u64 = load<u32>(stage(model, load<i32>(net + S.RUN_STEP), exit) + ((exit + 1) << 2));
  const distance = min<u64>(
    load<i64>(fused + (load<u32>(net + S.RUN_CLASS) << 3)) - load<i64>(fused + (k << 3)),
    L.NEVER,
  );
  const bits = (distance * gain) >> (F.FUSE_GAIN_BITS - F.POSTERIOR_BITS);
  const whole = bits >> F.POSTERIOR_BITS;
  if (whole > 30) return 0;
  const f = bits & 0xffff;
  return ((65536 - ((f * (44012 - ((f * 11244) >> 16))) >> 16)) << 14) >> whole;
}

/** Posterior probability of a class, of POSTERIOR_ONE, as of the latest decision. */
export function posteriorCurrent(net: usize, k: i32): u32 {
  const classes: i32 = load<u16>(netRecord(load<u32>(net + S.RUN_MODEL)) + F.NET_CLASSES);
  let sum: u64 = 0;
  for (let i: i32 = 0; i < classes; i++) sum += likelihood(net, i);
  return share(likelihood(net, k), sum);
}
