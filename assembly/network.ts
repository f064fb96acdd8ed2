/** One image through the layers, step by step, until the answer is sure enough. */

import { decideBeta, posteriorBeta } from './fusion/beta';
import { decideMembranes, posteriorMembranes } from './fusion/membranes';
import { isSure, isUnusual, stopMargin } from './fusion/stop';
import { advance, resetLayer } from './layer';
import { arenaBytes, layOutArena } from './model/arena';
import { crc32 } from './model/crc';
import { checkHeader, guards, layerRecord, netRecord } from './model/sections';
import { checkRecords } from './model/validate';
import * as F from './shared/format';
import * as L from './shared/limits';
import * as S from './shared/state';
import * as X from './shared/status';

/** Bytes of arena that a model needs, a multiple of 16, or −status if the model is bad. */
export function measure(model: usize, bytes: u32): i32 {
  const status = checkHeader(model, bytes);
  if (status !== X.STATUS_OK) return -status;
  const covered = model + F.HEADER_OFFSETS;
  if (load<u32>(model + F.HEADER_CRC) !== crc32(covered, bytes - F.HEADER_OFFSETS, 0)) return -X.STATUS_CRC;
  return checkedArena(model);
}

function checkedArena(model: usize): i32 {
  const status = checkRecords(model);
  if (status !== X.STATUS_OK) return -status;
  const size = arenaBytes(model);
  return size === 0 ? -X.STATUS_ARENA : <i32>((size + 15) & ~15);
}

/**
 * Prepares a network in `size` bytes at `net`; the model stays where it is and is only read. Both must begin at
 * multiples of 16. Returns a status; `net` is the handle of every other call. All of the model is checked again but
 * its CRC, which takes as long as reading it.
 */
export function open(model: usize, bytes: u32, net: usize, size: u32): i32 {
  const status = checkHeader(model, bytes);
  if (status !== X.STATUS_OK) return status;
  const need = checkedArena(model);
  if (need < 0) return -need;
  if (<u32>need > size || ((model | net) & 15) !== 0) return X.STATUS_ARENA;
  layOutArena(model, net);
  return X.STATUS_OK;
}

/** Starts a new image: u8 [height][width][channel]; networks of one step read it in their step. */
export function begin(net: usize, image: usize): void {
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const layers: i32 = load<u16>(netRecord(model) + F.NET_LAYERS);
  store<u64>(net + S.RUN_STEP, 0); // and RUN_STOPPED
  store<u64>(net + S.RUN_IMAGE, image); // and RUN_UNUSUAL
  for (let i: i32 = 0; i < layers; i++) {
    resetLayer(model, net, i);
  }
}

/**
 * Runs one time step. Returns 1 when the answer is final: it passed its stop margin or the steps are used up.
 * With `mayStop` = 0 no margin stops the run, so that every exit can be watched to the last step.
 */
export function step(net: usize, mayStop: i32): i32 {
  if (load<u32>(net + S.RUN_STOPPED) !== 0) return 1;
  const model: usize = load<u32>(net + S.RUN_MODEL);
  const record = netRecord(model);
  const layers: i32 = load<u16>(record + F.NET_LAYERS);
  const last = <i32>load<u16>(record + F.NET_EXITS) - 1;
  const now = load<i32>(net + S.RUN_STEP) + 1;
  store<u32>(net + S.RUN_STEP, now);
  const isPipelined = load<u8>(record + F.NET_TIMING) === F.TIMING_PIPELINED;
  let exit = 0;
  let guard = guards(model, record);
  for (let i = 0; i < layers; i++) {
    // From the last layer to the first, every layer still finds its sources' spikes of the step before.
    advance(model, net, isPipelined ? layers - 1 - i : i);
    // An early exit is fooled first, and is sure then: images unlike those of calibration run to the end.
    if (now === 1 && load<u8>(layerRecord(model, i) + F.LAYER_GUARD) !== 0) {
      if (isUnusual(model, net, i, guard)) store<u32>(net + S.RUN_UNUSUAL, 1);
      guard += F.GUARD_BYTES;
    }
    if (isPipelined || load<u8>(layerRecord(model, i) + F.LAYER_EXIT) === 0 || exit === last) continue;
    // Depth: an early exit that is sure spares the layers after it.
    if (mayStop !== 0 && stopMargin(net, exit) !== L.NEVER) {
      decide(net, exit);
      if (isSure(net, exit)) return stop(net);
    }
    exit++;
  }
  decide(net, last);
  if (now === <i32>load<u16>(record + F.NET_STEPS)) return stop(net);
  return mayStop !== 0 && isSure(net, last) ? stop(net) : 0;
}

function stop(net: usize): i32 {
  store<u32>(net + S.RUN_STOPPED, 1);
  return 1;
}

/** Answers from the evidence of exits 0..exit at the present step; class and margin are in the net state. */
export function decide(net: usize, exit: i32): void {
  store<u32>(net + S.RUN_EXIT, exit);
  if (isReadBySpikes(net)) decideBeta(net, exit);
  else decideMembranes(net, exit);
}

/** Posterior of a class, of POSTERIOR_ONE, as of the latest decision. */
export function posterior(net: usize, k: i32): u32 {
  return isReadBySpikes(net) ? posteriorBeta(net, k) : posteriorMembranes(net, k);
}

function isReadBySpikes(net: usize): bool {
  return load<u8>(netRecord(load<u32>(net + S.RUN_MODEL)) + F.NET_READOUT) === F.READOUT_SPIKES;
}
