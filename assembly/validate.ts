/** Checks what the records of a model say of each other: shapes, sources, ranges and exits. */

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
} from './model';
import {
  ALPHA_ONE,
  FUSION_BETA,
  FUSION_CURRENT,
  KIND_CONV,
  KIND_POOL,
  KIND_POOLED,
  LAYER_BURST,
  LAYER_CHANNELS,
  LAYER_FIRST_SYNAPSES,
  LAYER_FLOOR,
  LAYER_HEIGHT,
  LAYER_MEMBRANE_BITS,
  LAYER_NEURONS,
  LAYER_READOUT,
  LAYER_RESERVED,
  LAYER_SHIFT,
  LAYER_SIGNED,
  LAYER_SYNAPSES,
  LAYER_WIDTH,
  NET_CHANNELS,
  NET_CLASSES,
  NET_EXITS,
  NET_FUSION,
  NET_HEIGHT,
  NET_LAYERS,
  NET_STEPS,
  NET_SYNAPSES,
  NET_TIMING,
  NET_WIDTH,
  NEURON_NEGATIVE,
  NEURON_THRESHOLD,
  READOUT_CURRENT,
  READOUT_SPIKES,
  SOURCE_IMAGE,
  SYN_BITS,
  SYN_GROUPS,
  SYN_KERNEL_H,
  SYN_KERNEL_W,
  SYN_KIND,
  SYN_PAD_LEFT,
  SYN_PAD_TOP,
  SYN_RESERVED,
  SYN_SOURCE,
  SYN_STRIDE_X,
  SYN_STRIDE_Y,
  SYN_WEIGHT_BYTES,
  SYN_WEIGHTS,
  TIMING_PIPELINED,
} from './shared/format';
import {
  MAX_ALPHA,
  MAX_BURST,
  MAX_CHANCES,
  MAX_EXITS,
  MAX_LAYERS,
  MAX_ROW,
  MAX_SHIFT,
} from './shared/limits';
import {
  STATUS_EXIT,
  STATUS_FUSION,
  STATUS_LAYER,
  STATUS_NET,
  STATUS_NEURON,
  STATUS_OK,
  STATUS_SYNAPSES,
} from './shared/status';
import { rowBytes } from './weights';

/** 0, or the first thing found wrong; reads nothing outside the `bytes` bytes at `model`. */
export function checkModel(model: usize, bytes: u32): i32 {
  let status = checkFile(model, bytes);
  if (status !== STATUS_OK) return status;
  status = checkNet(netRecord(model));
  if (status !== STATUS_OK) return status;
  const layers: i32 = load<u16>(netRecord(model) + NET_LAYERS);
  for (let i: i32 = 0; i < layers; i++) {
    status = checkLayer(model, i);
    if (status !== STATUS_OK) return status;
  }
  status = checkExits(model);
  if (status !== STATUS_OK) return status;
  return checkFusion(model);
}

function checkNet(net: usize): i32 {
  const row = <i64>load<u16>(net + NET_WIDTH) * load<u16>(net + NET_CHANNELS);
  if (row === 0 || row > MAX_ROW || load<u16>(net + NET_HEIGHT) === 0) return STATUS_NET;
  if (<i32>load<u8>(net + NET_TIMING) > TIMING_PIPELINED) return STATUS_NET;
  const fusion = load<u8>(net + NET_FUSION);
  if (fusion !== FUSION_BETA && fusion !== FUSION_CURRENT) return STATUS_NET;
  const steps: i32 = load<u16>(net + NET_STEPS);
  if (steps === 0 || steps > MAX_CHANCES || load<u16>(net + NET_CLASSES) === 0) return STATUS_NET;
  const layers: i32 = load<u16>(net + NET_LAYERS);
  if (layers === 0 || layers > MAX_LAYERS) return STATUS_NET;
  const exits: i32 = load<u16>(net + NET_EXITS);
  return exits === 0 || exits > MAX_EXITS ? STATUS_NET : STATUS_OK;
}

function checkLayer(model: usize, index: i32): i32 {
  const layer = layerRecord(model, index);
  const channels: i32 = load<u16>(layer + LAYER_CHANNELS);
  const row = <i64>channels * load<u16>(layer + LAYER_WIDTH);
  if (row === 0 || row > MAX_ROW || load<u16>(layer + LAYER_HEIGHT) === 0) return STATUS_LAYER;
  const burst: i32 = load<u8>(layer + LAYER_BURST);
  if (<i32>load<u8>(layer + LAYER_READOUT) > READOUT_CURRENT || burst === 0 || burst > MAX_BURST)
    return STATUS_LAYER;
  const bits = load<u8>(layer + LAYER_MEMBRANE_BITS);
  if ((bits !== 16 && bits !== 32) || <i32>load<u8>(layer + LAYER_SHIFT) > MAX_SHIFT) return STATUS_LAYER;
  const floor = load<i32>(layer + LAYER_FLOOR);
  if (floor > 0 || (bits === 16 && floor < i16.MIN_VALUE) || load<u8>(layer + LAYER_RESERVED) !== 0)
    return STATUS_LAYER;
  const signed = load<u8>(layer + LAYER_SIGNED);
  if (signed > 1) return STATUS_LAYER;

  const arrays: u64 = signed === 1 ? NEURON_NEGATIVE + 1 : NEURON_NEGATIVE;
  const first32 = load<u32>(layer + LAYER_NEURONS);
  if ((first32 & 3) !== 0 || first32 + arrays * channels * 4 > neuronBytes(model)) return STATUS_NEURON;
  const most: i32 = bits === 16 ? i16.MAX_VALUE : i32.MAX_VALUE;
  for (let c: i32 = 0; c < channels; c++) {
    const threshold = load<i32>(neurons(model, layer, NEURON_THRESHOLD) + (c << 2));
    if (threshold <= 0 || threshold > most) return STATUS_NEURON;
    if (signed === 0) continue;
    const negative = load<i32>(neurons(model, layer, NEURON_NEGATIVE) + (c << 2));
    if (negative <= 0 || negative > most) return STATUS_NEURON;
  }

  const first: i32 = load<u16>(layer + LAYER_FIRST_SYNAPSES);
  const count: i32 = load<u16>(layer + LAYER_SYNAPSES);
  const groups: i32 = load<u16>(netRecord(model) + NET_SYNAPSES);
  if (count === 0 || first > groups || count > groups - first) return STATUS_LAYER;
  for (let i: i32 = 0; i < count; i++) {
    const group = synapsesRecord(model, first + i);
    const source: i32 = load<u16>(group + SYN_SOURCE);
    // The image is the only input of the layer it feeds: its current is constant and computed once.
    if (source === SOURCE_IMAGE ? count !== 1 : source >= index) return STATUS_SYNAPSES;
    const status = checkSynapses(model, layer, group, source);
    if (status !== STATUS_OK) return status;
  }
  return STATUS_OK;
}

function checkSynapses(model: usize, layer: usize, group: usize, source: i32): i32 {
  const fromImage = source === SOURCE_IMAGE;
  const from = fromImage ? netRecord(model) : layerRecord(model, source);
  // A classifier that never fires has no spikes to send.
  if (!fromImage && load<u8>(from + LAYER_READOUT) !== READOUT_SPIKES) return STATUS_SYNAPSES;
  const inputs: u64 = fromImage ? load<u16>(from + NET_CHANNELS) : load<u16>(from + LAYER_CHANNELS);
  const inHeight: i32 = fromImage ? load<u16>(from + NET_HEIGHT) : load<u16>(from + LAYER_HEIGHT);
  const inWidth: i32 = fromImage ? load<u16>(from + NET_WIDTH) : load<u16>(from + LAYER_WIDTH);
  const outputs: u64 = load<u16>(layer + LAYER_CHANNELS);
  const height: i32 = load<u16>(layer + LAYER_HEIGHT);
  const width: i32 = load<u16>(layer + LAYER_WIDTH);
  const kernelH: i32 = load<u16>(group + SYN_KERNEL_H);
  const kernelW: i32 = load<u16>(group + SYN_KERNEL_W);
  const strideY: i32 = load<u8>(group + SYN_STRIDE_Y);
  const strideX: i32 = load<u8>(group + SYN_STRIDE_X);
  const top: i32 = load<u8>(group + SYN_PAD_TOP);
  const left: i32 = load<u8>(group + SYN_PAD_LEFT);
  const kind = load<u8>(group + SYN_KIND);
  const groups: u64 = load<u16>(group + SYN_GROUPS);
  const bits: u64 = load<u8>(group + SYN_BITS);
  if (load<u16>(group + SYN_RESERVED) !== 0 || bits < 2 || bits > 8) return STATUS_SYNAPSES;

  let rows: u64;
  let rowWeights = outputs;
  if (kind === KIND_CONV) {
    if (groups === 0 || inputs % groups !== 0 || outputs % groups !== 0) return STATUS_SYNAPSES;
    if (strideY === 0 || strideX === 0 || top >= kernelH || left >= kernelW) return STATUS_SYNAPSES;
    // The last window still begins inside the source.
    if ((height - 1) * strideY >= inHeight + top || (width - 1) * strideX >= inWidth + left)
      return STATUS_SYNAPSES;
    rows = <u64>kernelH * kernelW * inputs; // below 2^48
    if (rows > u32.MAX_VALUE) return STATUS_SYNAPSES;
    rowWeights = outputs / groups;
  } else if (kind === KIND_POOLED || kind === KIND_POOL) {
    if (fromImage || height !== 1 || width !== 1) return STATUS_SYNAPSES;
    if (
      kernelH !== 0 ||
      kernelW !== 0 ||
      strideY !== 0 ||
      strideX !== 0 ||
      top !== 0 ||
      left !== 0 ||
      groups !== 0
    )
      return STATUS_SYNAPSES;
    if (kind === KIND_POOL && inputs !== outputs) return STATUS_SYNAPSES;
    rows = kind === KIND_POOL ? 0 : inputs;
  } else return STATUS_SYNAPSES;

  const offset = load<u32>(group + SYN_WEIGHTS);
  const length = load<u32>(group + SYN_WEIGHT_BYTES);
  if (
    length !== rows * rowBytes(<i32>rowWeights, <i32>bits, <i32>groups) ||
    offset > weightBytes(model) ||
    length > weightBytes(model) - offset
  )
    return STATUS_SYNAPSES;
  return STATUS_OK;
}

function checkExits(model: usize): i32 {
  const net = netRecord(model);
  const layers: i32 = load<u16>(net + NET_LAYERS);
  const exits: i32 = load<u16>(net + NET_EXITS);
  const readout: i32 = load<u8>(net + NET_FUSION) === FUSION_BETA ? READOUT_SPIKES : READOUT_CURRENT;
  let before = -1;
  let burst: i32 = 0;
  let currents: i32 = 0;
  for (let i: i32 = 0; i < layers; i++) {
    if (load<u8>(layerRecord(model, i) + LAYER_READOUT) === READOUT_CURRENT) currents++;
  }
  for (let e: i32 = 0; e < exits; e++) {
    const index = exitLayer(model, e);
    if (index <= before || index >= layers) return STATUS_EXIT;
    before = index;
    const layer = layerRecord(model, index);
    if (load<u16>(layer + LAYER_CHANNELS) !== load<u16>(net + NET_CLASSES)) return STATUS_EXIT;
    if (load<u16>(layer + LAYER_HEIGHT) !== 1 || load<u16>(layer + LAYER_WIDTH) !== 1) return STATUS_EXIT;
    if (load<u8>(layer + LAYER_READOUT) !== readout || load<u8>(layer + LAYER_SIGNED) !== 0)
      return STATUS_EXIT;
    if (readout === READOUT_CURRENT && load<u8>(layer + LAYER_MEMBRANE_BITS) !== 32) return STATUS_EXIT;
    // Evidence of two exits counts the same chances: one N for all.
    if (e > 0 && load<u8>(layer + LAYER_BURST) !== burst) return STATUS_EXIT;
    burst = load<u8>(layer + LAYER_BURST);
  }
  if (burst * <i32>load<u16>(net + NET_STEPS) > MAX_CHANCES) return STATUS_EXIT;
  // Only an exit may read out its current, and nothing stands behind the last exit.
  if (readout === READOUT_CURRENT ? currents !== exits : currents !== 0) return STATUS_EXIT;
  return before + 1 === layers ? STATUS_OK : STATUS_EXIT;
}

function checkFusion(model: usize): i32 {
  const net = netRecord(model);
  const exits: i32 = load<u16>(net + NET_EXITS);
  let at = fusionTable(model);
  const end = at + fusionBytes(model);
  if (load<u8>(net + NET_FUSION) === FUSION_CURRENT) {
    if (<i32>(end - at) < 4) return STATUS_FUSION;
    const rows: i32 = load<u16>(at);
    const words = (exits * (exits + 1)) / 2 + exits;
    return rows === 0 || load<u16>(at + 2) !== 0 || <i64>(end - at) !== 4 + <i64>rows * words * 4
      ? STATUS_FUSION
      : STATUS_OK;
  }
  for (let e: i32 = 1; e < exits; e++) {
    if (<i32>(end - at) < 4) return STATUS_FUSION;
    const knots: i32 = load<u16>(at);
    if (knots === 0 || load<u16>(at + 2) !== 0 || <i32>(end - at) - 4 < knots * 4) return STATUS_FUSION;
    at += 4;
    let before = 0;
    for (let k: i32 = 0; k < knots; k++) {
      const step: i32 = load<u16>(at);
      if (step <= before || <i32>load<u16>(at + 2) > MAX_ALPHA * ALPHA_ONE) return STATUS_FUSION;
      before = step;
      at += 4;
    }
  }
  return at === end ? STATUS_OK : STATUS_FUSION;
}
