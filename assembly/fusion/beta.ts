/**
 * BayesianSpikeFusion (Habara, Sato, Awano 2024): the spike counts m of one exit are the Beta prior of the next,
 * whose counts M are the binomial evidence. With N chances and prior strength α the posterior mean is
 *
 *   p = (α + M) / (α/E + N),  E = m/N        and chained over exits        p' = p·(α + M) / (α + N·p).
 *
 * Each p is kept in 30 bits, rounded down: p of 2^30, α and M of ALPHA_ONE keep both products below 2^63.
 */

import { fusionRow, layerRecord, netRecord } from '../model/sections';
import * as F from '../shared/format';
import * as S from '../shared/state';
import { classes, evidence } from './evidence';
import { quotient } from './quotient';

/** Fuses the counts of exits 0..exit into a posterior mean per class, then picks the class and the margin. */
export function decideBeta(net: usize, exit: i32): void {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const means: usize = load<u32>(net + S.RUN_SCRATCH);
  const step = load<i32>(net + S.RUN_STEP);
  // How often a classifier's neuron could have fired: burst limit × steps, the same for all exits.
  const final = layerRecord(model, <i32>load<u16>(netRecord(model) + F.NET_LAYERS) - 1);
  const chances: u64 = step * load<u8>(final + F.LAYER_BURST);
  const counts = evidence(net, exit);
  let best = 0;
  for (let k: i32 = 0; k < classes(net); k++) {
    let p = quotient(load<u32>(evidence(net, 0) + (k << 2)), chances, F.CHAIN_BITS);
    for (let e: i32 = 1; e <= exit; e++) {
      const alpha: u64 = load<u32>(fusionRow(model, step) + ((e - 1) << 2));
      const count: u64 = load<u32>(evidence(net, e) + (k << 2));
      // α = 0: the prior has no weight, p = M/N even where the exits before stayed silent.
      if (alpha === 0) p = quotient(count, chances, F.CHAIN_BITS);
      else if (p !== 0)
        p = quotient(
          (alpha + count * F.ALPHA_ONE) * p,
          (alpha << F.CHAIN_BITS) + chances * F.ALPHA_ONE * p,
          F.CHAIN_BITS,
        );
    }
    store<u32>(means + (k << 2), p);
    const most = load<u32>(means + (best << 2));
    // Equal posteriors, as of two classes that the first exit never saw, go to the larger count of the last one.
    if (p > most || (p === most && load<u32>(counts + (k << 2)) > load<u32>(counts + (best << 2)))) best = k;
  }
  let second: u32 = 0;
  for (let k: i32 = 0; k < classes(net); k++) if (k !== best) second = max(second, posteriorBeta(net, k));
  store<u32>(net + S.RUN_CLASS, best);
  store<i32>(net + S.RUN_MARGIN, posteriorBeta(net, best) - second);
}

/** Posterior mean of a class, of POSTERIOR_ONE, as of the latest decision. */
export function posteriorBeta(net: usize, k: i32): u32 {
  return load<u32>(<usize>load<u32>(net + S.RUN_SCRATCH) + (k << 2)) >> (F.CHAIN_BITS - F.POSTERIOR_BITS);
}
