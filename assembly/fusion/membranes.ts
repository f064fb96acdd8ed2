/**
 * Fusion of exits that are read by their membranes: they are noisy estimates of the same log-odds, each step gives every
 * exit a weight for its precision, and the weighted sum is the Bayesian estimate. Posteriors are its softmax in base 2.
 */

import { fusionRow } from '../model/sections';
import * as F from '../shared/format';
import * as L from '../shared/limits';
import * as S from '../shared/state';
import { classes, evidence } from './evidence';
import { quotient } from './quotient';

/** The i32 words of one exit's stage at the present step: its weights of exits 0..exit, then the temperature. */
function stage(net: usize, exit: i32): usize {
  const row = fusionRow(load<u32>(net + S.RUN_MODEL), load<i32>(net + S.RUN_STEP));
  return row + ((exit * (exit + 3)) << 1);
}

/** Fuses the potentials of exits 0..exit into an i64 per class, then picks the class and the margin. */
export function decideMembranes(net: usize, exit: i32): void {
  const fused: usize = load<u32>(net + S.RUN_SCRATCH);
  const weights = stage(net, exit);
  let best = 0;
  for (let k: i32 = 0; k < classes(net); k++) {
    let sum: i64 = 0;
    for (let e: i32 = 0; e <= exit; e++)
      sum += <i64>load<i32>(weights + (e << 2)) * <i64>load<i32>(evidence(net, e) + (k << 2));
    sum >>= F.FUSE_ONE_BITS;
    store<i64>(fused + (k << 3), sum);
    if (sum > load<i64>(fused + (best << 3))) best = k;
  }
  store<u32>(net + S.RUN_CLASS, best);
  let margin: i64 = L.NEVER;
  for (let k: i32 = 0; k < classes(net); k++) if (k !== best) margin = min(margin, distance(net, k));
  store<i32>(net + S.RUN_MARGIN, <i32>margin);
}

/** How far class k is behind the winner, at most NEVER. */
function distance(net: usize, k: i32): i64 {
  const fused: usize = load<u32>(net + S.RUN_SCRATCH);
  const winner: usize = load<u32>(net + S.RUN_CLASS);
  return min<i64>(load<i64>(fused + (winner << 3)) - load<i64>(fused + (k << 3)), L.NEVER);
}

/** 2^−(distance of class k from the winner), of 2^30, with the mantissa 2^−f ≈ 1 − 0.67157 f + 0.17157 f². */
function likelihood(net: usize, k: i32): u64 {
  const exit = load<i32>(net + S.RUN_EXIT);
  const gain: u64 = load<u32>(stage(net, exit) + ((exit + 1) << 2));
  const bits = (<u64>distance(net, k) * gain) >> (F.FUSE_GAIN_BITS - F.POSTERIOR_BITS);
  const whole = bits >> F.POSTERIOR_BITS;
  if (whole > 30) return 0;
  const f = bits & 0xffff;
  return ((65536 - ((f * (44012 - ((f * 11244) >> 16))) >> 16)) << 14) >> whole;
}

/** Posterior probability of a class, of POSTERIOR_ONE, as of the latest decision. */
export function posteriorMembranes(net: usize, k: i32): u32 {
  let sum: u64 = 0;
  for (let i: i32 = 0; i < classes(net); i++) sum += likelihood(net, i);
  return quotient(likelihood(net, k), sum, F.POSTERIOR_BITS);
}
