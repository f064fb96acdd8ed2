/**
 * Where a running network keeps its state: one block of memory that the caller provides, laid out from the model.
 *
 *   ┌───────────┬─────────────────┬─────────┬───────┬───────┬──────┬─────────────────────────────────────┐
 *   │ net state │ layers × state  │ scratch │ spill │ table │ rows │ per layer: membranes, input, tally, │
 *   └───────────┴─────────────────┴─────────┴───────┴───────┴──────┴─ events, unpacked weights ──────────┘
 */

import * as F from '../shared/format';
import * as L from '../shared/limits';
import * as S from '../shared/state';
import { pairBytes, pairRows, rowBytes, unpackRows } from './rows';
import {
  arrayBytes,
  fires,
  isMaxPool,
  keepsOneRow,
  layerRecord,
  netRecord,
  projectionRecord,
  section,
  seesImage,
} from './sections';

/** SIMD stores may overrun a buffer by up to this many bytes. */
const SPARE: i32 = 16;

/** The most rows that kernels sum at once: it keeps every lane below 2^16. */
export const MAX_ROWS = 256;

// Scratch: the rows that a position sees, where each spike count ends among them, where the next event of each count
// goes, the sums of a block of channels, then the drives of a row. Decisions use it from its start: they come when the
// layers are done.
export const SCRATCH_LIST = 0;
export const SCRATCH_BOUNDS = MAX_ROWS * 4 + 32;
export const SCRATCH_TAILS = SCRATCH_BOUNDS + (L.MAX_BURST + 4) * 4;
export const SCRATCH_SUMS = SCRATCH_TAILS + L.MAX_BURST * 2 * 4;
export const SCRATCH_DRIVES = SCRATCH_SUMS + 128;

/** Lists of events per row: one per spike count that a neuron can have in a step. */
export function counts(layer: usize): i32 {
  return (<i32>load<u8>(layer + F.LAYER_BURST)) << load<u8>(layer + F.LAYER_SIGNED);
}

/** Room for the events of one count in a row. */
export function spillBytes(layer: usize): i32 {
  return ((<i32>load<u16>(layer + F.LAYER_CHANNELS) * load<u16>(layer + F.LAYER_WIDTH)) << 1) + SPARE;
}

/** Pointer to a layer's record of shared/state.ts. */
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
  if (ASC_FEATURE_SIMD) writeTable(load<u32>(net + S.RUN_TABLE));
}

function layOut(model: usize, net: usize, write: bool): u32 {
  const record = netRecord(model);
  const layers: i32 = load<u16>(record + F.NET_LAYERS);
  let at: u64 = <u64>net + S.RUN_BYTES + layers * S.STATE_BYTES;
  // The widest layer decides what all share.
  let drives: u64 = (<u64>load<u16>(record + F.NET_CLASSES)) << 3;
  let spill: u64 = 0;
  for (let i: i32 = 0; i < layers; i++) {
    const layer = layerRecord(model, i);
    const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
    const is32 = load<u8>(layer + F.LAYER_IS32) !== 0;
    drives = max(drives, <u64>load<u16>(layer + F.LAYER_WIDTH) * arrayBytes(channels, is32));
    let sums: u64 = arrayBytes(channels, true);
    // A row of a window on the image, see kernels/image.ts.
    if (seesImage(model, layer))
      sums += imageSpan(record, projectionRecord(model, load<u16>(layer + F.LAYER_FIRST_PROJECTION)));
    drives = max(drives, sums);
    spill = max(spill, <u64>(counts(layer) - 1) * spillBytes(layer));
  }
  at = put(net + S.RUN_SCRATCH, at, SCRATCH_DRIVES + drives, write);
  at = put(net + S.RUN_SPILL, at, spill, write);
  if (ASC_FEATURE_SIMD) at = put(net + S.RUN_TABLE, at, 2048, write);
  at = put(net + S.RUN_ROWS, at, (<u64>load<u16>(record + F.NET_PROJECTIONS)) << 2, write);
  let evidence = net + S.RUN_EVIDENCE;
  for (let i: i32 = 0; i < layers; i++) {
    const layer = layerRecord(model, i);
    const state = layerState(net, i);
    const channels: u64 = load<u16>(layer + F.LAYER_CHANNELS);
    const height: u64 = load<u16>(layer + F.LAYER_HEIGHT);
    const width: u64 = load<u16>(layer + F.LAYER_WIDTH);
    const exit = load<u8>(layer + F.LAYER_EXIT) !== 0;
    const neurons = height * width * channels;
    const isFiring = fires(model, layer);
    const kept = keepsOneRow(model, layer) ? width * channels : neurons;
    const membranes = kept << (1 + load<u8>(layer + F.LAYER_IS32));
    at = put(state + S.STATE_MEMBRANE, at, membranes, write);
    at = put(state + S.STATE_INPUT, at, seesImage(model, layer) ? membranes : 0, write);
    at = put(
      state + S.STATE_TALLY,
      at,
      (exit && isFiring) || isMaxPool(model, layer) ? neurons << 2 : 0,
      write,
    );
    // A classifier sends its spikes to nobody, but its events are counted like any other's.
    at = put(state + S.STATE_FIRED, at, isFiring ? (neurons << 1) + SPARE : 0, write);
    at = put(state + S.STATE_STARTS, at, isFiring ? (height * counts(layer) * (width + 1)) << 1 : 0, write);
    if (exit && write) {
      store<u32>(evidence, load<u32>(state + (isFiring ? S.STATE_TALLY : S.STATE_MEMBRANE)));
      evidence += 4;
    }
    const first: i32 = load<u16>(layer + F.LAYER_FIRST_PROJECTION);
    if (isMaxPool(model, layer)) {
      // Its neurons and those of its source are counted.
      const source: i32 = load<u16>(projectionRecord(model, first) + F.PROJ_SOURCE);
      const from = layerRecord(model, source);
      const size = channels * load<u16>(from + F.LAYER_HEIGHT) * load<u16>(from + F.LAYER_WIDTH);
      at = put(layerState(net, source) + S.STATE_TALLY, at, size << 2, write);
    }
    for (let p = first; p < first + <i32>load<u16>(layer + F.LAYER_PROJECTIONS); p++)
      at = putRows(model, net, p, <i32>channels, at, write);
    if (at - net > <u64>L.MAX_ARENA) return 0;
  }
  return <u32>(at - net);
}

/** Bytes that a window sees of a row of the image. */
export function imageSpan(net: usize, projection: usize): i32 {
  return <i32>load<u16>(projection + F.PROJ_KERNEL_W) * load<u16>(net + F.NET_CHANNELS);
}

/** Finds a projection's rows of weights, which SIMD builds unpack or pair; returns the end of what that takes. */
function putRows(model: usize, net: usize, index: i32, channels: i32, at: u64, write: bool): u64 {
  const projection = projectionRecord(model, index);
  const packed = section(model, F.SECTION_WEIGHTS) + load<u32>(projection + F.PROJ_WEIGHTS);
  const pointer = write ? <usize>load<u32>(net + S.RUN_ROWS) + (index << 2) : 0;
  if (ASC_FEATURE_SIMD) {
    const source: i32 = load<u16>(projection + F.PROJ_SOURCE);
    const kernelH: i32 = load<u16>(projection + F.PROJ_KERNEL_H);
    const bits: i32 = load<u8>(projection + F.PROJ_BITS);
    if (source === F.SOURCE_IMAGE) {
      const span = imageSpan(netRecord(model), projection);
      at = put(pointer, at, <u64>kernelH * ((span + 1) >> 1) * pairBytes(channels), write);
      if (write) pairRows(packed, load<u32>(pointer), kernelH, span, channels);
      return at;
    }
    if (bits !== 8) {
      const groups: i32 = load<u16>(projection + F.PROJ_GROUPS);
      const inputs: i32 = load<u16>(layerRecord(model, source) + F.LAYER_CHANNELS);
      const taps =
        load<u8>(projection + F.PROJ_KIND) === F.KIND_CONV
          ? kernelH * load<u16>(projection + F.PROJ_KERNEL_W)
          : 1;
      const fanOut = channels / groups;
      // A file of 2 GiB has more rows than an i32 counts.
      at = put(pointer, at, <u64>(<u32>(taps * inputs)) * rowBytes(fanOut, 8, groups), write);
      if (write) unpackRows(packed, load<u32>(pointer), taps * inputs, fanOut, bits, groups);
      return at;
    }
  }
  if (write) store<u32>(pointer, <u32>packed);
  return at;
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
function put(pointer: usize, at: u64, bytes: u64, write: bool): u64 {
  if (bytes === 0) {
    if (write) store<u32>(pointer, 0);
    return at;
  }
  at = (at + 15) & ~15;
  if (write) store<u32>(pointer, <u32>at);
  return at + bytes;
}
