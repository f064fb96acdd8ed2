/** Sections of a model: the checks of its header, and pointers to its records. */

import * as F from '../shared/format';
import * as X from '../shared/status';

/** Magic, version and size, before anything after them is read. */
export function checkHeader(model: usize, bytes: u32): i32 {
  if (bytes < <u32>F.HEADER_BYTES) return X.STATUS_TRUNCATED;
  if (load<u32>(model) !== F.MAGIC) return X.STATUS_MAGIC;
  if (load<u32>(model + F.HEADER_VERSION) - F.VERSION_UNGUARDED > 1) return X.STATUS_VERSION;
  const size = load<u32>(model + F.HEADER_FILE_BYTES);
  return size > bytes ? X.STATUS_TRUNCATED : size < bytes ? X.STATUS_SIZE : X.STATUS_OK;
}

/** Every section lies inside the file, after the one before it. */
export function checkSections(model: usize): i32 {
  let end: u32 = F.HEADER_BYTES;
  for (let i = 0; i < F.SECTIONS; i++) {
    const offset = offsetOf(model, i);
    if (offset < end || offset % F.SECTION_ALIGN !== 0) return X.STATUS_SECTION;
    end = offset;
  }
  return end > offsetOf(model, F.SECTIONS) ? X.STATUS_SECTION : X.STATUS_OK;
}

function offsetOf(model: usize, i: i32): u32 {
  return load<u32>(model + F.HEADER_OFFSETS + (i << 2));
}

export function section(model: usize, i: i32): usize {
  return model + offsetOf(model, i);
}

/** Bytes up to the next section. */
export function sectionBytes(model: usize, i: i32): u32 {
  return offsetOf(model, i + 1) - offsetOf(model, i);
}

export function netRecord(model: usize): usize {
  return section(model, F.SECTION_NET);
}

export function layerRecord(model: usize, layer: i32): usize {
  return section(model, F.SECTION_LAYERS) + layer * F.LAYER_BYTES;
}

export function projectionRecord(model: usize, projection: i32): usize {
  return section(model, F.SECTION_PROJECTIONS) + projection * F.PROJ_BYTES;
}

/** The first guard: behind the margins. */
export function guards(model: usize, net: usize): usize {
  const margins: i32 = <i32>load<u16>(net + F.NET_STOP_ROWS) * load<u16>(net + F.NET_EXITS);
  return section(model, F.SECTION_STOP) + (margins << 2);
}

/** Words in a row of the fusion table. */
export function fusionWords(net: usize): i32 {
  const exits: i32 = load<u16>(net + F.NET_EXITS);
  return load<u8>(net + F.NET_READOUT) === F.READOUT_SPIKES ? exits - 1 : (exits * (exits + 3)) >> 1;
}

/** The row of the fusion table that holds at a step. */
export function fusionRow(model: usize, step: i32): usize {
  const net = netRecord(model);
  const row = min(step, <i32>load<u16>(net + F.NET_FUSE_ROWS)) - 1;
  return section(model, F.SECTION_FUSION) + ((row * fusionWords(net)) << 2);
}

/** Bytes of an array of one value per channel, padded to what kernels read at once. */
export function arrayBytes(channels: i32, is32: bool): i32 {
  return ((channels + (F.NEURON_BLOCK - 1)) & ~(F.NEURON_BLOCK - 1)) << (is32 ? 2 : 1);
}

/** Thresholds; the start values are the next array, then the negative thresholds of a signed layer, then the biases. */
export function thresholds(model: usize, layer: usize): usize {
  return section(model, F.SECTION_NEURONS) + load<u32>(layer + F.LAYER_NEURONS);
}

export function biases(model: usize, layer: usize): usize {
  const bytes = arrayBytes(load<u16>(layer + F.LAYER_CHANNELS), load<u8>(layer + F.LAYER_IS32) !== 0);
  return thresholds(model, layer) + (2 + <i32>load<u8>(layer + F.LAYER_SIGNED)) * bytes;
}

/** Whether a layer fires; exits read by their membranes only integrate. */
export function fires(model: usize, layer: usize): bool {
  return (load<u8>(layer + F.LAYER_EXIT) & load<u8>(netRecord(model) + F.NET_READOUT)) === 0;
}

/** Layers that fire, in a network of one step, keep a single row of potentials: none is needed twice. */
export function keepsOneRow(model: usize, layer: usize): bool {
  return load<u16>(netRecord(model) + F.NET_STEPS) === 1 && fires(model, layer);
}

/** A layer's only projection is a max pool, or none is. */
export function isMaxPool(model: usize, layer: usize): bool {
  const first = projectionRecord(model, load<u16>(layer + F.LAYER_FIRST_PROJECTION));
  return load<u8>(first + F.PROJ_KIND) === <u8>F.KIND_MAX;
}

/** A layer's only projection is from the image, or none is. */
export function seesImage(model: usize, layer: usize): bool {
  const first = projectionRecord(model, load<u16>(layer + F.LAYER_FIRST_PROJECTION));
  return load<u16>(first + F.PROJ_SOURCE) === <u16>F.SOURCE_IMAGE;
}
