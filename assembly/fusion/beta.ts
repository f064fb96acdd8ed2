/**
 * BayesianSpikeFusion (Habara, Sato, Awano 2024): the spike counts m of one exit are the Beta prior of the next,
 * whose counts M are the binomial evidence. With N chances and prior strength α the posterior mean is
 *
 *   p = (α + M) / (α/E + N),  E = m/N        and chained over exits        p' = p·(α + M) / (α + N·p).
 *
 * A class keeps p as A / (N·B) in whole numbers: A' = A·(α + M), B' = α·B + A, all times ALPHA_ONE.
 * Four exits of MAX_CHANCES stay below 2^63, so every comparison is exact.
 */

import { fusionTable, netRecord } from '../model/sections';
import * as F from '../shared/format';
import * as S from '../shared/state';
import { chances, evidence } from './evidence';
import { compareProducts, share } from './quotient';

/** α·ALPHA_ONE between the knots of an exit's table (exit ≥ 1), constant beyond its ends. */
function alpha(model: usize, exit: i32, step: i32): u32 {
  let at = fusionTable(model);
  for (let e: i32 = 1; e < exit; e++) at += 4 + ((<i32>load<u16>(at)) << 2);
  const knots: i32 = load<u16>(at);
  at += 4;
  let i = 0;
  while (i < knots && <i32>load<u16>(at + (i << 2)) < step) i++;
  if (i === 0) return load<u16>(at, 2);
  const before = at + ((i - 1) << 2);
  const from: i32 = load<u16>(before, 2);
  if (i === knots) return from;
  const rise = <i32>load<u16>(before, 6) - from;
  return (
    from + (rise * (step - <i32>load<u16>(before))) / (<i32>load<u16>(before, 4) - <i32>load<u16>(before))
  );
}

/** Fuses the counts of exits 0..exit into A and B of every class, then picks the class and the margin. */
export function decideBeta(net: usize, exit: i32): void {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const classes: i32 = load<u16>(netRecord(model) + F.NET_CLASSES);
  const scratch: usize = load<u32>(net + S.RUN_SCRATCH);
  const first = evidence(net, 0);
  for (let k: i32 = 0; k < classes; k++) {
    store<u64>(scratch + (k << 4), load<u32>(first + (k << 2)));
    store<u64>(scratch + (k << 4), 1, 8);
  }
  for (let e: i32 = 1; e <= exit; e++)
    update(scratch, evidence(net, e), classes, alpha(model, e, load<u32>(net + S.RUN_STEP)));

  const last = evidence(net, exit);
  let best = 0;
  for (let k: i32 = 1; k < classes; k++) {
    const a = scratch + (k << 4);
    const b = scratch + (best << 4);
    const order = compareProducts(load<u64>(a), load<u64>(b, 8), load<u64>(b), load<u64>(a, 8));
    // Equal posteriors, as for two classes the first exit never saw, go to the larger final count.
    if (order > 0 || (order === 0 && load<u32>(last + (k << 2)) > load<u32>(last + (best << 2)))) best = k;
  }
  let second: u32 = 0;
  for (let k: i32 = 0; k < classes; k++) if (k !== best) second = max(second, posteriorBeta(net, k));
  store<u32>(net + S.RUN_CLASS, best);
  store<i32>(net + S.RUN_MARGIN, posteriorBeta(net, best) - second);
}

function update(scratch: usize, counts: usize, classes: i32, strength: u64): void {
  for (let k: i32 = 0; k < classes; k++) {
    const at = scratch + (k << 4);
    const a = load<u64>(at);
    const count: u64 = load<u32>(counts + (k << 2));
    // α = 0: the prior has no weight, p = M/N even where the first exit stayed silent.
    store<u64>(at, strength === 0 ? count : a * (strength + count * F.ALPHA_ONE));
    store<u64>(at, strength === 0 ? 1 : strength * load<u64>(at, 8) + a * F.ALPHA_ONE, 8);
  }
}

/** Posterior mean of a class, of POSTERIOR_ONE, as of the latest decision. */
export function posteriorBeta(net: usize, k: i32): u32 {
  const at = <usize>load<u32>(net + S.RUN_SCRATCH) + (k << 4);
  return share(load<u64>(at), load<u64>(at, 8) * chances(net));
}
