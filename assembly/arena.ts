/**
 * Where a running network keeps its state: one block of memory that the caller provides, laid out from the model.
 *
 *   ┌───────────┬─────────────────┬─────────┬──────────────────────────────────────────────┐
 *   │ net state │ layers × state  │ scratch │ per layer: membranes, current, tally, events │
 *   └───────────┴─────────────────┴─────────┴──────────────────────────────────────────────┘
 */

import { exitLayer, layerRecord, netRecord, synapsesRecord } from './model';
import {
  LAYER_BURST,
  LAYER_CHANNELS,
  LAYER_FIRST_SYNAPSES,
  LAYER_HEIGHT,
  LAYER_MEMBRANE_BITS,
  LAYER_READOUT,
  LAYER_SIGNED,
  LAYER_WIDTH,
  NET_CLASSES,
  NET_EXITS,
  NET_LAYERS,
  READOUT_SPIKES,
  SOURCE_IMAGE,
  SYN_SOURCE,
} from './shared/format';
import { MAX_ARENA } from './shared/limits';
import {
  RUN_BYTES,
  RUN_MODEL,
  RUN_SCRATCH,
  STATE_BYTES,
  STATE_COUNTS,
  STATE_CURRENT,
  STATE_FIRED,
  STATE_MEMBRANE,
  STATE_STARTS,
  STATE_TALLY,
} from './shared/state';

export function layerState(net: usize, layer: i32): usize {
  return net + RUN_BYTES + layer * STATE_BYTES;
}

/** Bytes from the arena's start to its end for a checked model, or 0 if it needs more than MAX_ARENA. */
export function arenaBytes(model: usize): u32 {
  return layOut(model, 0, false);
}

/** Writes every pointer of the arena that starts at `net`. */
export function layOutArena(model: usize, net: usize): void {
  store<u32>(net + RUN_MODEL, <u32>model);
  layOut(model, net, true);
}

function layOut(model: usize, net: usize, write: bool): u32 {
  const layers: i32 = load<u16>(netRecord(model) + NET_LAYERS);
  let at: u64 = <u64>net + RUN_BYTES + layers * STATE_BYTES;
  if (write) store<u32>(net + RUN_SCRATCH, <u32>at);
  at += scratchBytes(model);
  for (let i: i32 = 0; i < layers; i++) {
    const layer = layerRecord(model, i);
    const state = layerState(net, i);
    const positions: u64 = <u64>load<u16>(layer + LAYER_HEIGHT) * load<u16>(layer + LAYER_WIDTH);
    const neurons: u64 = positions * load<u16>(layer + LAYER_CHANNELS);
    const membranes = neurons * (load<u8>(layer + LAYER_MEMBRANE_BITS) >> 3);
    const fires = load<u8>(layer + LAYER_READOUT) === READOUT_SPIKES;
    const source = load<u16>(synapsesRecord(model, load<u16>(layer + LAYER_FIRST_SYNAPSES)) + SYN_SOURCE);
    at = place(state + STATE_MEMBRANE, at, membranes, write);
    at = place(state + STATE_CURRENT, at, source === SOURCE_IMAGE ? membranes : 0, write);
    at = place(state + STATE_TALLY, at, fires && isExit(model, i) ? neurons * 4 : 0, write);
    // A classifier sends its spikes to nobody, but its events are counted like any other's.
    at = place(state + STATE_STARTS, at, fires ? (positions + 1) * 4 : 0, write);
    at = place(state + STATE_FIRED, at, fires ? neurons * 2 : 0, write);
    const counted = load<u8>(layer + LAYER_BURST) > 1 || load<u8>(layer + LAYER_SIGNED) !== 0;
    at = place(state + STATE_COUNTS, at, fires && counted ? neurons : 0, write);
    if (at - net > <u64>MAX_ARENA) return 0;
  }
  return <u32>(at - net);
}

/** Puts a block of `bytes` at the next multiple of 16 and returns its end; an empty block is a null pointer. */
function place(pointer: usize, at: u64, bytes: u64, write: bool): u64 {
  if (bytes === 0) {
    if (write) store<u32>(pointer, 0);
    return at;
  }
  at = (at + 15) & ~15;
  if (write) store<u32>(pointer, <u32>at);
  return at + bytes;
}

/** One i32 per channel of the widest layer (the sums of an image's current, a row of unpacked weights), or two u64 per class. */
function scratchBytes(model: usize): i32 {
  const net = netRecord(model);
  const layers: i32 = load<u16>(net + NET_LAYERS);
  let bytes = <i32>load<u16>(net + NET_CLASSES) * 16;
  for (let i: i32 = 0; i < layers; i++)
    bytes = max(bytes, <i32>load<u16>(layerRecord(model, i) + LAYER_CHANNELS) * 4);
  return bytes;
}

export function isExit(model: usize, layer: i32): bool {
  const exits: i32 = load<u16>(netRecord(model) + NET_EXITS);
  for (let e: i32 = 0; e < exits; e++) if (exitLayer(model, e) === layer) return true;
  return false;
}
