/** Checks a model once, so that everything after may trust every offset: nothing outside its bytes is ever read. */

import * as F from '../shared/format';
import * as L from '../shared/limits';
import * as X from '../shared/status';
import { rowBytes } from './rows';
import {
  arrayBytes,
  checkSections,
  fires,
  fusionWords,
  guards,
  layerRecord,
  netRecord,
  projectionRecord,
  section,
  sectionBytes,
  seesImage,
  thresholds,
} from './sections';

/** What the records of a model, whose header is fine, say of each other: 0, or the status of the first bad record. */
export function checkRecords(model: usize): i32 {
  const status = checkSections(model);
  if (status !== X.STATUS_OK) return status;
  const net = netRecord(model);
  if (isNetBad(model, net)) return X.STATUS_NET;
  const layers: i32 = load<u16>(net + F.NET_LAYERS);
  let projections: i32 = 0;
  let exits: i32 = 0;
  let guard = guards(model, net);
  for (let i: i32 = 0; i < layers; i++) {
    const layer = layerRecord(model, i);
    // Projections follow their layers, so that each belongs to exactly one.
    if (load<u16>(layer + F.LAYER_FIRST_PROJECTION) !== projections) return X.STATUS_LAYER;
    const first = projections;
    projections += load<u16>(layer + F.LAYER_PROJECTIONS);
    if (projections > <i32>load<u16>(net + F.NET_PROJECTIONS)) return X.STATUS_LAYER;
    if (isLayerBad(model, net, layer)) return X.STATUS_LAYER;
    exits += load<u8>(layer + F.LAYER_EXIT);
    if (load<u8>(layer + F.LAYER_GUARD) !== 0) {
      if (exits !== 0 || isGuardBad(model, net, layer, guard)) return X.STATUS_LAYER;
      guard += F.GUARD_BYTES;
    }
    for (let p = first; p < projections; p++)
      if (isProjectionBad(model, net, layer, i, projectionRecord(model, p))) return X.STATUS_PROJECTION;
  }
  const isGuarded = load<u32>(model + F.HEADER_VERSION) === F.VERSION;
  if (isGuarded !== (guard !== guards(model, net))) return X.STATUS_VERSION;
  // The last layer is the final exit.
  if (load<u8>(layerRecord(model, layers - 1) + F.LAYER_EXIT) === 0) return X.STATUS_LAYER;
  return exits === <i32>load<u16>(net + F.NET_EXITS) ? X.STATUS_OK : X.STATUS_LAYER;
}

/** x in 1..most. */
function isOutside(x: u32, most: u32): bool {
  return x - 1 >= most;
}

function isNetBad(model: usize, net: usize): bool {
  if (sectionBytes(model, F.SECTION_NET) < <u32>F.NET_BYTES) return true;
  const channels: u32 = load<u16>(net + F.NET_CHANNELS);
  const exits: u32 = load<u16>(net + F.NET_EXITS);
  const layers: u32 = load<u16>(net + F.NET_LAYERS);
  const rows: u32 = load<u16>(net + F.NET_FUSE_ROWS);
  return (
    sectionBytes(model, F.SECTION_NET) < <u32>F.NET_BYTES + channels ||
    isOutside(channels * load<u16>(net + F.NET_WIDTH), L.MAX_ROW) ||
    load<u16>(net + F.NET_HEIGHT) === 0 ||
    load<u8>(net + F.NET_TIMING) > <u8>F.TIMING_PIPELINED ||
    load<u8>(net + F.NET_READOUT) > <u8>F.READOUT_MEMBRANES ||
    load<u16>(net + F.NET_STEPS) === 0 ||
    load<u16>(net + F.NET_CLASSES) === 0 ||
    isOutside(exits, L.MAX_EXITS) ||
    isOutside(layers, L.MAX_LAYERS) ||
    sectionBytes(model, F.SECTION_LAYERS) < layers * F.LAYER_BYTES ||
    sectionBytes(model, F.SECTION_PROJECTIONS) < <u32>load<u16>(net + F.NET_PROJECTIONS) * F.PROJ_BYTES ||
    rows === 0 ||
    sectionBytes(model, F.SECTION_FUSION) < (rows * fusionWords(net)) << 2 ||
    sectionBytes(model, F.SECTION_STOP) < (load<u16>(net + F.NET_STOP_ROWS) * exits) << 2
  );
}

function isLayerBad(model: usize, net: usize, layer: usize): bool {
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const is32 = load<u8>(layer + F.LAYER_IS32) !== 0;
  const isSigned: i32 = load<u8>(layer + F.LAYER_SIGNED);
  const exit: i32 = load<u8>(layer + F.LAYER_EXIT);
  const burst: i32 = load<u8>(layer + F.LAYER_BURST);
  const neurons = load<u32>(layer + F.LAYER_NEURONS);
  const size = arrayBytes(channels, is32);
  if (
    isOutside(channels * load<u16>(layer + F.LAYER_WIDTH), L.MAX_ROW) ||
    load<u16>(layer + F.LAYER_HEIGHT) === 0 ||
    (exit | isSigned | load<u8>(layer + F.LAYER_IS32) | load<u8>(layer + F.LAYER_GUARD)) > 1 ||
    isOutside(burst, L.MAX_BURST) ||
    load<u8>(layer + F.LAYER_SHIFT) > <u8>L.MAX_SHIFT ||
    load<i32>(layer + F.LAYER_FLOOR) > 0 ||
    (!is32 && load<i32>(layer + F.LAYER_FLOOR) < i16.MIN_VALUE) ||
    load<u16>(layer + F.LAYER_PROJECTIONS) === 0 ||
    (neurons & 15) !== 0 ||
    <u64>neurons + ((2 + isSigned) * size + arrayBytes(channels, is32 || seesImage(model, layer))) >
      <u64>sectionBytes(model, F.SECTION_NEURONS)
  )
    return true;
  if (
    exit !== 0 &&
    (channels !== <i32>load<u16>(net + F.NET_CLASSES) ||
      load<u16>(layer + F.LAYER_HEIGHT) !== 1 ||
      load<u16>(layer + F.LAYER_WIDTH) !== 1 ||
      isSigned !== 0 ||
      // Membranes are read as i32.
      (!fires(model, layer) && !is32) ||
      burst * load<u16>(net + F.NET_STEPS) > L.MAX_CHANCES ||
      // Evidence of two exits counts the same chances: one N for all.
      burst !== <i32>load<u8>(layerRecord(model, load<u16>(net + F.NET_LAYERS) - 1) + F.LAYER_BURST))
  )
    return true;
  for (let a: i32 = 0; a <= isSigned << 1; a += 2) {
    // Thresholds, then the negative ones.
    const array = thresholds(model, layer) + a * size;
    for (let c: i32 = 0; c < channels; c++)
      if ((is32 ? load<i32>(array + (c << 2)) : <i32>load<i16>(array + (c << 1))) <= 0) return true;
  }
  return false;
}

/** A guard stands in its section; its layer and the source of that fire before the first decision. */
function isGuardBad(model: usize, net: usize, layer: usize, guard: usize): bool {
  return (
    load<u8>(net + F.NET_TIMING) !== <u8>F.TIMING_IMMEDIATE ||
    seesImage(model, layer) ||
    guard + F.GUARD_BYTES > section(model, F.SECTION_META) ||
    (load<u32>(guard + F.GUARD_LOW) | load<u32>(guard + F.GUARD_HIGH)) >> L.MAX_GUARD_BITS !== 0
  );
}

function isProjectionBad(model: usize, net: usize, layer: usize, index: i32, projection: usize): bool {
  const source: i32 = load<u16>(projection + F.PROJ_SOURCE);
  const isImage = source === F.SOURCE_IMAGE;
  // NET and LAYER records begin alike.
  const from = isImage ? net : layerRecord(model, source);
  if (!isImage && (source >= index || !fires(model, from))) return true;
  const inputs: u32 = load<u16>(from + F.LAYER_CHANNELS);
  const outputs: u32 = load<u16>(layer + F.LAYER_CHANNELS);
  const kernelH: u32 = load<u16>(projection + F.PROJ_KERNEL_H);
  const kernelW: u32 = load<u16>(projection + F.PROJ_KERNEL_W);
  const strideY: u32 = load<u8>(projection + F.PROJ_STRIDE_Y);
  const strideX: u32 = load<u8>(projection + F.PROJ_STRIDE_X);
  const top: u32 = load<u8>(projection + F.PROJ_PAD_TOP);
  const left: u32 = load<u8>(projection + F.PROJ_PAD_LEFT);
  const kind: i32 = load<u8>(projection + F.PROJ_KIND);
  const groups: u32 = load<u16>(projection + F.PROJ_GROUPS);
  const bits: u32 = load<u8>(projection + F.PROJ_BITS);
  return (
    // The image is the only source of the layer it feeds: its input is constant and computed once.
    (isImage &&
      (load<u16>(layer + F.LAYER_PROJECTIONS) !== 1 || kind !== F.KIND_CONV || groups !== 1 || bits !== 8)) ||
    kind > F.KIND_MAX ||
    // Counts must not fall, and an exit's stay where its evidence is read.
    (kind === F.KIND_MAX &&
      (inputs !== outputs ||
        groups !== inputs ||
        load<u16>(layer + F.LAYER_PROJECTIONS) !== 1 ||
        (load<u8>(layer + F.LAYER_IS32) | load<u8>(from + F.LAYER_SIGNED) | load<u8>(from + F.LAYER_EXIT)) !==
          0)) ||
    isOutside(bits - 1, 7) ||
    groups === 0 ||
    inputs % groups !== 0 ||
    outputs % groups !== 0 ||
    strideY === 0 ||
    strideX === 0 ||
    top >= kernelH ||
    left >= kernelW ||
    // The last window still begins inside the source.
    (<u32>load<u16>(layer + F.LAYER_HEIGHT) - 1) * strideY >= load<u16>(from + F.LAYER_HEIGHT) + top ||
    (<u32>load<u16>(layer + F.LAYER_WIDTH) - 1) * strideX >= load<u16>(from + F.LAYER_WIDTH) + left ||
    (load<u32>(projection + F.PROJ_WEIGHTS) & 15) !== 0 ||
    <u64>load<u32>(projection + F.PROJ_WEIGHTS) +
      <u64>(kind === F.KIND_CONV ? kernelH * kernelW : kind & 1) *
        (inputs * rowBytes(outputs / groups, bits, groups)) >
      <u64>sectionBytes(model, F.SECTION_WEIGHTS)
  );
}
