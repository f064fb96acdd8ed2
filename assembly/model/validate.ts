/** Checks what the records of a model say of each other: shapes, sources, ranges and exits. */

import * as F from '../shared/format';
import * as L from '../shared/limits';
import * as X from '../shared/status';
import { rowBytes } from './rows';
import {
  checkFile,
  exitLayer,
  fusionBytes,
  fusionTable,
  layerRecord,
  netRecord,
  neuronBytes,
  neurons,
  synapsesRecord,
  weightBytes,
} from './sections';

/** 0, or the first thing found wrong; reads nothing outside the `bytes` bytes at `model`. */
export function checkModel(model: usize, bytes: u32): i32 {
  let status = checkFile(model, bytes);
  if (status !== X.STATUS_OK) return status;
  status = checkNet(netRecord(model));
  if (status !== X.STATUS_OK) return status;
  const layers: i32 = load<u16>(netRecord(model) + F.NET_LAYERS);
  for (let i: i32 = 0; i < layers; i++) {
    status = checkLayer(model, i);
    if (status !== X.STATUS_OK) return status;
  }
  status = checkExits(model);
  if (status !== X.STATUS_OK) return status;
  return checkFusion(model);
}

function checkNet(net: usize): i32 {
  const row = <i64>load<u16>(net + F.NET_WIDTH) * load<u16>(net + F.NET_CHANNELS);
  if (row === 0 || row > L.MAX_ROW || load<u16>(net + F.NET_HEIGHT) === 0) return X.STATUS_NET;
  if (<i32>load<u8>(net + F.NET_TIMING) > F.TIMING_PIPELINED) return X.STATUS_NET;
  const fusion = load<u8>(net + F.NET_FUSION);
  if (fusion !== F.FUSION_BETA && fusion !== F.FUSION_CURRENT) return X.STATUS_NET;
  const steps: i32 = load<u16>(net + F.NET_STEPS);
  if (steps === 0 || steps > L.MAX_CHANCES || load<u16>(net + F.NET_CLASSES) === 0) return X.STATUS_NET;
  const layers: i32 = load<u16>(net + F.NET_LAYERS);
  if (layers === 0 || layers > L.MAX_LAYERS) return X.STATUS_NET;
  const exits: i32 = load<u16>(net + F.NET_EXITS);
  return exits === 0 || exits > L.MAX_EXITS ? X.STATUS_NET : X.STATUS_OK;
}

function checkLayer(model: usize, index: i32): i32 {
  const layer = layerRecord(model, index);
  const channels: i32 = load<u16>(layer + F.LAYER_CHANNELS);
  const row = <i64>channels * load<u16>(layer + F.LAYER_WIDTH);
  if (row === 0 || row > L.MAX_ROW || load<u16>(layer + F.LAYER_HEIGHT) === 0) return X.STATUS_LAYER;
  const burst: i32 = load<u8>(layer + F.LAYER_BURST);
  if (<i32>load<u8>(layer + F.LAYER_READOUT) > F.READOUT_CURRENT || burst === 0 || burst > L.MAX_BURST)
    return X.STATUS_LAYER;
  const bits = load<u8>(layer + F.LAYER_MEMBRANE_BITS);
  if ((bits !== 16 && bits !== 32) || <i32>load<u8>(layer + F.LAYER_SHIFT) > L.MAX_SHIFT)
    return X.STATUS_LAYER;
  const floor = load<i32>(layer + F.LAYER_FLOOR);
  if (floor > 0 || (bits === 16 && floor < i16.MIN_VALUE) || load<u8>(layer + F.LAYER_RESERVED) !== 0)
    return X.STATUS_LAYER;
  const signed = load<u8>(layer + F.LAYER_SIGNED);
  if (signed > 1) return X.STATUS_LAYER;

  const arrays: u64 = signed === 1 ? F.NEURON_NEGATIVE + 1 : F.NEURON_NEGATIVE;
  const first32 = load<u32>(layer + F.LAYER_NEURONS);
  if ((first32 & 3) !== 0 || first32 + arrays * channels * 4 > neuronBytes(model)) return X.STATUS_NEURON;
  const most: i32 = bits === 16 ? i16.MAX_VALUE : i32.MAX_VALUE;
  for (let c: i32 = 0; c < channels; c++) {
    const threshold = load<i32>(neurons(model, layer, F.NEURON_THRESHOLD) + (c << 2));
    if (threshold <= 0 || threshold > most) return X.STATUS_NEURON;
    if (signed === 0) continue;
    const negative = load<i32>(neurons(model, layer, F.NEURON_NEGATIVE) + (c << 2));
    if (negative <= 0 || negative > most) return X.STATUS_NEURON;
  }

  const first: i32 = load<u16>(layer + F.LAYER_FIRST_SYNAPSES);
  const count: i32 = load<u16>(layer + F.LAYER_SYNAPSES);
  const groups: i32 = load<u16>(netRecord(model) + F.NET_SYNAPSES);
  if (count === 0 || first > groups || count > groups - first) return X.STATUS_LAYER;
  for (let i: i32 = 0; i < count; i++) {
    const group = synapsesRecord(model, first + i);
    const source: i32 = load<u16>(group + F.SYN_SOURCE);
    // The image is the only input of the layer it feeds: its current is constant and computed once.
    if (source === F.SOURCE_IMAGE ? count !== 1 : source >= index) return X.STATUS_SYNAPSES;
    const status = checkSynapses(model, layer, group, source);
    if (status !== X.STATUS_OK) return status;
  }
  return X.STATUS_OK;
}

function checkSynapses(model: usize, layer: usize, group: usize, source: i32): i32 {
  const fromImage = source === F.SOURCE_IMAGE;
  const from = fromImage ? netRecord(model) : layerRecord(model, source);
  // A classifier that never fires has no spikes to send.
  if (!fromImage && load<u8>(from + F.LAYER_READOUT) !== F.READOUT_SPIKES) return X.STATUS_SYNAPSES;
  const inputs: u64 = fromImage ? load<u16>(from + F.NET_CHANNELS) : load<u16>(from + F.LAYER_CHANNELS);
  const inHeight: i32 = fromImage ? load<u16>(from + F.NET_HEIGHT) : load<u16>(from + F.LAYER_HEIGHT);
  const inWidth: i32 = fromImage ? load<u16>(from + F.NET_WIDTH) : load<u16>(from + F.LAYER_WIDTH);
  const outputs: u64 = load<u16>(layer + F.LAYER_CHANNELS);
  const height: i32 = load<u16>(layer + F.LAYER_HEIGHT);
  const width: i32 = load<u16>(layer + F.LAYER_WIDTH);
  const kernelH: i32 = load<u16>(group + F.SYN_KERNEL_H);
  const kernelW: i32 = load<u16>(group + F.SYN_KERNEL_W);
  const strideY: i32 = load<u8>(group + F.SYN_STRIDE_Y);
  const strideX: i32 = load<u8>(group + F.SYN_STRIDE_X);
  const top: i32 = load<u8>(group + F.SYN_PAD_TOP);
  const left: i32 = load<u8>(group + F.SYN_PAD_LEFT);
  const kind = load<u8>(group + F.SYN_KIND);
  const groups: u64 = load<u16>(group + F.SYN_GROUPS);
  const bits: u64 = load<u8>(group + F.SYN_BITS);
  if (load<u16>(group + F.SYN_RESERVED) !== 0 || bits < 2 || bits > 8) return X.STATUS_SYNAPSES;

  let rows: u64;
  let rowWeights = outputs;
  if (kind === F.KIND_CONV) {
    if (groups === 0 || inputs % groups !== 0 || outputs % groups !== 0) return X.STATUS_SYNAPSES;
    if (strideY === 0 || strideX === 0 || top >= kernelH || left >= kernelW) return X.STATUS_SYNAPSES;
    // The last window still begins inside the source.
    if ((height - 1) * strideY >= inHeight + top || (width - 1) * strideX >= inWidth + left)
      return X.STATUS_SYNAPSES;
    rows = <u64>kernelH * kernelW * inputs; // below 2^48
    if (rows > u32.MAX_VALUE) return X.STATUS_SYNAPSES;
    rowWeights = outputs / groups;
  } else if (kind === F.KIND_POOLED || kind === F.KIND_POOL) {
    if (fromImage || height !== 1 || width !== 1) return X.STATUS_SYNAPSES;
    if (
      kernelH !== 0 ||
      kernelW !== 0 ||
      strideY !== 0 ||
      strideX !== 0 ||
      top !== 0 ||
      left !== 0 ||
      groups !== 0
    )
      return X.STATUS_SYNAPSES;
    if (kind === F.KIND_POOL && inputs !== outputs) return X.STATUS_SYNAPSES;
    rows = kind === F.KIND_POOL ? 0 : inputs;
  } else return X.STATUS_SYNAPSES;

  const offset = load<u32>(group + F.SYN_WEIGHTS);
  const length = load<u32>(group + F.SYN_WEIGHT_BYTES);
  if (
    length !== rows * rowBytes(<i32>rowWeights, <i32>bits, <i32>groups) ||
    offset > weightBytes(model) ||
    length > weightBytes(model) - offset
  )
    return X.STATUS_SYNAPSES;
  return X.STATUS_OK;
}

function checkExits(model: usize): i32 {
  const net = netRecord(model);
  const layers: i32 = load<u16>(net + F.NET_LAYERS);
  const exits: i32 = load<u16>(net + F.NET_EXITS);
  const readout: i32 = load<u8>(net + F.NET_FUSION) === F.FUSION_BETA ? F.READOUT_SPIKES : F.READOUT_CURRENT;
  let before = -1;
  let burst: i32 = 0;
  let currents: i32 = 0;
  for (let i: i32 = 0; i < layers; i++) {
    if (load<u8>(layerRecord(model, i) + F.LAYER_READOUT) === F.READOUT_CURRENT) currents++;
  }
  for (let e: i32 = 0; e < exits; e++) {
    const index = exitLayer(model, e);
    if (index <= before || index >= layers) return X.STATUS_EXIT;
    before = index;
    const layer = layerRecord(model, index);
    if (load<u16>(layer + F.LAYER_CHANNELS) !== load<u16>(net + F.NET_CLASSES)) return X.STATUS_EXIT;
    if (load<u16>(layer + F.LAYER_HEIGHT) !== 1 || load<u16>(layer + F.LAYER_WIDTH) !== 1)
      return X.STATUS_EXIT;
    if (load<u8>(layer + F.LAYER_READOUT) !== readout || load<u8>(layer + F.LAYER_SIGNED) !== 0)
      return X.STATUS_EXIT;
    if (readout === F.READOUT_CURRENT && load<u8>(layer + F.LAYER_MEMBRANE_BITS) !== 32) return X.STATUS_EXIT;
    // Evidence of two exits counts the same chances: one N for all.
    if (e > 0 && load<u8>(layer + F.LAYER_BURST) !== burst) return X.STATUS_EXIT;
    burst = load<u8>(layer + F.LAYER_BURST);
  }
  if (burst * <i32>load<u16>(net + F.NET_STEPS) > L.MAX_CHANCES) return X.STATUS_EXIT;
  // Only an exit may read out its current, and nothing stands behind the last exit.
  if (readout === F.READOUT_CURRENT ? currents !== exits : currents !== 0) return X.STATUS_EXIT;
  return before + 1 === layers ? X.STATUS_OK : X.STATUS_EXIT;
}

function checkFusion(model: usize): i32 {
  const net = netRecord(model);
  const exits: i32 = load<u16>(net + F.NET_EXITS);
  let at = fusionTable(model);
  const end = at + fusionBytes(model);
  if (load<u8>(net + F.NET_FUSION) === F.FUSION_CURRENT) {
    if (<i32>(end - at) < 4) return X.STATUS_FUSION;
    const rows: i32 = load<u16>(at);
    const words = (exits * (exits + 1)) / 2 + exits;
    return rows === 0 || load<u16>(at + 2) !== 0 || <i64>(end - at) !== 4 + <i64>rows * words * 4
      ? X.STATUS_FUSION
      : X.STATUS_OK;
  }
  for (let e: i32 = 1; e < exits; e++) {
    if (<i32>(end - at) < 4) return X.STATUS_FUSION;
    const knots: i32 = load<u16>(at);
    if (knots === 0 || load<u16>(at + 2) !== 0 || <i32>(end - at) - 4 < knots * 4) return X.STATUS_FUSION;
    at += 4;
    let before = 0;
    for (let k: i32 = 0; k < knots; k++) {
      const step: i32 = load<u16>(at);
      if (step <= before || <i32>load<u16>(at + 2) > L.MAX_ALPHA * F.ALPHA_ONE) return X.STATUS_FUSION;
      before = step;
      at += 4;
    }
  }
  return at === end ? X.STATUS_OK : X.STATUS_FUSION;
}
