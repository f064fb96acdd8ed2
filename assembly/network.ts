/** One image through the layers, step by step, until the answer is sure enough. */

import { decideBeta, posteriorBeta } from './fusion/beta';
import { decideCurrent, posteriorCurrent } from './fusion/current';
import { stopMargin } from './fusion/evidence';
import { resetLayer } from './kernels/fire';
import { injectImage } from './kernels/image';
import { advance } from './layer';
import { arenaBytes, layerState, layOutArena } from './model/arena';
import { exitCount, exitLayer, layerRecord, netRecord } from './model/sections';
import { checkModel } from './model/validate';
import * as F from './shared/format';
import * as L from './shared/limits';
import * as S from './shared/state';
import * as X from './shared/status';

/** Bytes of arena that a model needs, a multiple of 16, or −status if the model is bad. */
export function measure(model: usize, bytes: u32): i32 {
  const status = checkModel(model, bytes);
  if (status !== X.STATUS_OK) return -status;
  const size = arenaBytes(model);
  return size === 0 ? -X.STATUS_ARENA : <i32>((size + 15) & ~15);
}

/**
 * Prepares a network in `size` bytes at `net`, which must be a multiple of 16; the model stays where it is and is
 * only read. Returns a status; `net` is the handle of every other call.
 */
export function open(model: usize, bytes: u32, net: usize, size: u32): i32 {
  const need = measure(model, bytes);
  if (need < 0) return -need;
  if (<u32>need > size || (net & 15) !== 0) return X.STATUS_ARENA;
  layOutArena(model, net);
  return X.STATUS_OK;
}

/** Starts a new image: u8 [height][width][channel]; it is not read again afterwards. */
export function begin(net: usize, image: usize): void {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const layers: i32 = load<u16>(netRecord(model) + F.NET_LAYERS);
  store<u32>(net + S.RUN_STEP, 0);
  store<u32>(net + S.RUN_STOPPED, 0);
  for (let i: i32 = 0; i < layers; i++) {
    const layer = layerRecord(model, i);
    const state = layerState(net, i);
    resetLayer(model, layer, state);
    const current: usize = load<u32>(state + S.STATE_CURRENT);
    if (current === 0) continue;
    injectImage(net, layer, load<u16>(layer + F.LAYER_FIRST_SYNAPSES), image, current);
  }
}

/**
 * Runs one time step. Returns 1 when the answer is final: it passed its stop margin or the steps are used up.
 * With `sure` = 0 no margin stops the run, so that every exit can be watched to the last step.
 */
export function step(net: usize, sure: i32): i32 {
  if (load<u32>(net + S.RUN_STOPPED) !== 0) return 1;
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const record = netRecord(model);
  const layers: i32 = load<u16>(record + F.NET_LAYERS);
  const last = exitCount(model) - 1;
  const now = load<i32>(net + S.RUN_STEP) + 1;
  store<u32>(net + S.RUN_STEP, now);
  if (load<u8>(record + F.NET_TIMING) === F.TIMING_IMMEDIATE) {
    let exit = 0;
    for (let i = 0; i < layers; i++) {
      advance(model, net, i);
      if (i !== exitLayer(model, exit) || exit === last) continue;
      // Depth: an early exit that is sure spares the layers behind it.
      if (sure !== 0 && stopMargin(net, exit) !== L.NEVER) {
        decide(net, exit);
        if (isSure(net, exit)) return stop(net);
      }
      exit++;
    }
  } else {
    // From the last layer to the first, every layer still finds its sources' spikes of the step before.
    for (let i = layers - 1; i >= 0; i--) advance(model, net, i);
  }
  decide(net, last);
  if (now === <i32>load<u16>(record + F.NET_STEPS)) return stop(net);
  return sure !== 0 && isSure(net, last) ? stop(net) : 0;
}

/** Whether the latest decision, which stands on `exit`, passes the stop table. */
function isSure(net: usize, exit: i32): bool {
  const margin = stopMargin(net, exit);
  return margin !== L.NEVER && load<i32>(net + S.RUN_MARGIN) >= margin;
}

function stop(net: usize): i32 {
  store<u32>(net + S.RUN_STOPPED, 1);
  return 1;
}

/** Answers from the evidence of exits 0..exit at the present step; class and margin are in the net state. */
export function decide(net: usize, exit: i32): void {
  store<u32>(net + S.RUN_EXIT, exit);
  const model: usize = load<u32>(net + S.RUN_MODEL);
  if (load<u8>(netRecord(model) + F.NET_FUSION) === F.FUSION_BETA) decideBeta(net, exit);
  else decideCurrent(net, exit);
}

/** Posterior of a class, of POSTERIOR_ONE, as of the latest decision. */
export function posterior(net: usize, k: i32): u32 {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  if (load<u8>(netRecord(model) + F.NET_FUSION) === F.FUSION_BETA) return posteriorBeta(net, k);
  return posteriorCurrent(net, k);
}
