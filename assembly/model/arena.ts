/**
 * Where a running network keeps its state: one block of memory that the caller provides, laid out from the model.
 *
 *   ┌───────────┬─────────────────┬─────────┬──────┬──────────────────────────────────────────────┐
 *   │ net state │ layers × state  │ scratch │ rows │ per layer: membranes, current, tally, events │
 *   └───────────┴─────────────────┴─────────┴──────┴──────────────────────────────────────────────┘
 */

import { MOST_ROWS } from '../kernels/add-rows';
import * as F from '../shared/format';
import * as L from '../shared/limits';
import * as S from '../shared/state';
import { pairBytes, pairRows, rowBytes, widenRows } from './rows';
import { exitLayer, layerRecord, netRecord, neurons, synapsesRecord, weights } from './sections';

/** Vectors may write so many bytes behind what they fill. */
const SPARE: i32 = 16;

// Scratch: the rows that a position sees, the end of each count among them, the length of each list of a row's events,
// then the drives of a row. Decisions use it from its start: they come when the layers are done.
export const SCRATCH_LIST = 0;
export const SCRATCH_BOUNDS = MOST_ROWS * 4 + 32;
export const SCRATCH_TAILS = SCRATCH_BOUNDS + (L.MAX_BURST + 4) * 4;
export const SCRATCH_DRIVES = SCRATCH_TAILS + L.MAX_BURST * 2 * 4;

/** Drives of one position: i16 or i32, channels rounded up to what a kernel adds at once. */
export function drivesBytes(channels: i32, wide: bool): i32 {
  return ((channels + 15) & ~15) << (wide ? 2 : 1);
}

/** Room for the events of one count in a row. */
export function segmentBytes(layer: usize): i32 {
  return ((<i32>load<u16>(layer + F.LAYER_CHANNELS) * load<u16>(layer + F.LAYER_WIDTH)) << 1) + SPARE;
}

export function layerState(net: usize, layer: i32): usize {
  return net + S.RUN_BYTES + layer * S.STATE_BYTES;
}

/** Bytes from the arena's start to its end for a checked model, or 0 if it needs more than MAX_ARENA. */
export function arenaBytes(model: usize): u32 {
  return layOut(model, 0, false);
}

/** Writes every pointer of the arena that starts at `net`, and what the kernels want at hand. */
export function layOutArena(model: usize, net: usize): void {
  store<u32>(net + S.RUN_MODEL, <u32>model);
  layOut(model, net, true);
  const layers: i32 = load<u16>(netRecord(model) + F.NET_LAYERS);
  for (let i: i32 = 0; i < layers; i++) prepareLayer(model, net, i);
  if (ASC_FEATURE_SIMD) writeTable(load<u32>(net + S.RUN_TABLE));
}

function layOut(model: usize, net: usize, write: bool): u32 {
  const record = netRecord(model);
  const layers: i32 = load<u16>(record + F.NET_LAYERS);
  let at: u64 = <u64>net + S.RUN_BYTES + layers * S.STATE_BYTES;
  // The widest layer decides what all share.
  let drives: u64 = (<u64>load<u16>(record + F.NET_CLASSES)) << 4;
  let lists: u64 = 0;
  for (let i: i32 = 0; i < layers; i++) {
    const layer = layerRecord(model, i);
    const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
    const wide = load<u8>(layer + F.LAYER_MEMBRANE_BITS) === 32;
    drives = max(drives, <u64>load<u16>(layer + F.LAYER_WIDTH) * drivesBytes(channels, wide));
    drives = max<u64>(drives, drivesBytes(channels, true));
    if (ASC_FEATURE_SIMD) {
      // A row of a window on the image, see injectImage.
      const span = pairedSpan(model, synapsesRecord(model, load<u16>(layer + F.LAYER_FIRST_SYNAPSES)));
      drives = max<u64>(drives, drivesBytes(channels, true) + span);
    }
    const others = ((<i32>load<u8>(layer + F.LAYER_BURST)) << load<u8>(layer + F.LAYER_SIGNED)) - 1;
    lists = max(lists, <u64>others * segmentBytes(layer));
  }
  at = place(net + S.RUN_SCRATCH, at, SCRATCH_DRIVES + drives, write);
  at = place(net + S.RUN_LISTS, at, lists, write);
  at = place(net + S.RUN_TABLE, at, ASC_FEATURE_SIMD ? 2048 : 0, write);
  at = place(net + S.RUN_ROWS, at, (<u64>load<u16>(record + F.NET_SYNAPSES)) << 2, write);
  for (let i: i32 = 0; i < layers; i++) {
    const layer = layerRecord(model, i);
    const state = layerState(net, i);
    const channels: u64 = load<u16>(layer + F.LAYER_CHANNELS);
    const height: u64 = load<u16>(layer + F.LAYER_HEIGHT);
    const width: u64 = load<u16>(layer + F.LAYER_WIDTH);
    const neurons = height * width * channels;
    const narrow = load<u8>(layer + F.LAYER_MEMBRANE_BITS) === 16;
    const membranes = neurons << (narrow ? 1 : 2);
    const fires = load<u8>(layer + F.LAYER_READOUT) === F.READOUT_SPIKES;
    const lists: u64 = (<u64>load<u8>(layer + F.LAYER_BURST)) << load<u8>(layer + F.LAYER_SIGNED);
    const first: i32 = load<u16>(layer + F.LAYER_FIRST_SYNAPSES);
    const source = load<u16>(synapsesRecord(model, first) + F.SYN_SOURCE);
    at = place(state + S.STATE_MEMBRANE, at, membranes, write);
    at = place(state + S.STATE_CURRENT, at, source === F.SOURCE_IMAGE ? membranes : 0, write);
    at = place(state + S.STATE_TALLY, at, fires && isExit(model, i) ? neurons << 2 : 0, write);
    // A classifier sends its spikes to nobody, but its events are counted like any other's.
    at = place(state + S.STATE_FIRED, at, fires ? (neurons << 1) + SPARE : 0, write);
    at = place(state + S.STATE_STARTS, at, fires ? (height * lists * (width + 1)) << 1 : 0, write);
    at = place(state + S.STATE_UNITS, at, narrow ? (<u64>drivesBytes(<i32>channels, false)) << 1 : 0, write);
    if (!ASC_FEATURE_SIMD) continue;
    for (let g = first; g < first + <i32>load<u16>(layer + F.LAYER_SYNAPSES); g++) {
      const bytes = wideBytes(model, synapsesRecord(model, g), <i32>channels);
      // Rows that are widened get their place here, see prepareLayer.
      if (bytes > 0) at = place(write ? <usize>load<u32>(net + S.RUN_ROWS) + (g << 2) : 0, at, bytes, write);
    }
    if (at - net > <u64>L.MAX_ARENA) return 0;
  }
  return at - net > <u64>L.MAX_ARENA ? 0 : <u32>(at - net);
}

/** Bytes of a group's rows once they are paired or widened, or 0 where the file has them as kernels want them. */
function wideBytes(model: usize, group: usize, channels: i32): u64 {
  const span = pairedSpan(model, group);
  if (span > 0) return <u64>load<u16>(group + F.SYN_KERNEL_H) * ((span + 1) >> 1) * pairBytes(channels);
  const fanOut = fanOutOf(group, channels);
  return load<u8>(group + F.SYN_BITS) === 8
    ? 0
    : <u64>rowsOf(group, fanOut) * rowBytes(fanOut, 8, load<u16>(group + F.SYN_GROUPS));
}

/** Pixels that a window sees of a row of the image, or 0 where rows are not paired: other sources, parts of rows. */
function pairedSpan(model: usize, group: usize): i32 {
  if (load<u16>(group + F.SYN_SOURCE) !== F.SOURCE_IMAGE || load<u16>(group + F.SYN_GROUPS) !== 1) return 0;
  return <i32>load<u16>(group + F.SYN_KERNEL_W) * load<u16>(netRecord(model) + F.NET_CHANNELS);
}

function rowsOf(group: usize, fanOut: i32): i32 {
  return (
    <i32>load<u32>(group + F.SYN_WEIGHT_BYTES) /
    rowBytes(fanOut, load<u8>(group + F.SYN_BITS), load<u16>(group + F.SYN_GROUPS))
  );
}

function fanOutOf(group: usize, channels: i32): i32 {
  return channels / max(1, <i32>load<u16>(group + F.SYN_GROUPS));
}

/** Finds the rows of weights, which SIMD builds widen where they are packed; narrows thresholds and biases. */
function prepareLayer(model: usize, net: usize, index: i32): void {
  const layer = layerRecord(model, index);
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const first: i32 = load<u16>(layer + F.LAYER_FIRST_SYNAPSES);
  for (let g = first; g < first + <i32>load<u16>(layer + F.LAYER_SYNAPSES); g++) {
    const group = synapsesRecord(model, g);
    const pointer = <usize>load<u32>(net + S.RUN_ROWS) + (g << 2);
    const packed = weights(model) + load<u32>(group + F.SYN_WEIGHTS);
    const bits: i32 = load<u8>(group + F.SYN_BITS);
    const span = ASC_FEATURE_SIMD ? pairedSpan(model, group) : 0;
    if (span > 0) {
      pairRows(packed, load<u32>(pointer), load<u16>(group + F.SYN_KERNEL_H), span, channels, bits);
    } else if (ASC_FEATURE_SIMD && bits !== 8) {
      const fanOut = fanOutOf(group, channels);
      widenRows(
        packed,
        load<u32>(pointer),
        rowsOf(group, fanOut),
        fanOut,
        bits,
        load<u16>(group + F.SYN_GROUPS),
      );
    } else store<u32>(pointer, <u32>packed);
  }
  const units: usize = load<u32>(layerState(net, index) + S.STATE_UNITS);
  if (units === 0) return;
  for (let c: i32 = 0; c < channels; c++) {
    const unit = units + (c << 1);
    store<i16>(unit, <i16>load<i32>(neurons(model, layer, F.NEURON_THRESHOLD) + (c << 2)));
    store<i16>(
      unit + drivesBytes(channels, false),
      <i16>load<i32>(neurons(model, layer, F.NEURON_BIAS) + (c << 2)),
    );
  }
}

/** For every byte the places of its set bits, eight bytes each: it compresses a vector's spikes without a branch. */
function writeTable(table: usize): void {
  for (let mask: i32 = 0; mask < 256; mask++) {
    let n = 0;
    for (let bit = 0; bit < 8; bit++) {
      if (((mask >> bit) & 1) === 0) continue;
      store<u8>(table + (mask << 3) + n, bit);
      n++;
    }
  }
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

export function isExit(model: usize, layer: i32): bool {
  const exits: i32 = load<u16>(netRecord(model) + F.NET_EXITS);
  for (let e: i32 = 0; e < exits; e++) if (exitLayer(model, e) === layer) return true;
  return false;
}
