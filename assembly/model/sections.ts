/**
 * The only reader of the file format: checks a model once, so that everything behind it may trust every offset,
 * and hands out pointers to its records.
 */

import * as F from '../shared/format';
import * as X from '../shared/status';
import { crc32 } from './crc';

/** End of the section table, the first byte that a section may take. */
const TABLE_END: u32 = F.HEADER_BYTES + F.SECTION_COUNT * F.ENTRY_BYTES;

/** The section id that stands at place `i`: the order is fixed, so a table look-up finds every section. */
function sectionId(i: i32): u32 {
  if (i === 0) return F.SECTION_NET;
  if (i === 1) return F.SECTION_LAYERS;
  if (i === 2) return F.SECTION_SYNAPSES;
  if (i === 3) return F.SECTION_NEURONS;
  if (i === 4) return F.SECTION_EXITS;
  if (i === 5) return F.SECTION_FUSION;
  if (i === 6) return F.SECTION_STOP;
  if (i === 7) return F.SECTION_META;
  return F.SECTION_WEIGHTS;
}

/** Header, CRC and section table: nothing but the bytes of the file is read, whatever they hold. */
export function checkFile(model: usize, bytes: u32): i32 {
  if (bytes < TABLE_END) return X.STATUS_TRUNCATED;
  if (load<u32>(model) !== F.MAGIC) return X.STATUS_MAGIC;
  if (load<u16>(model + F.HEADER_VERSION) !== F.VERSION) return X.STATUS_VERSION;
  const size = load<u32>(model + F.HEADER_FILE_BYTES);
  if (size !== bytes) return size > bytes ? X.STATUS_TRUNCATED : X.STATUS_SIZE;
  if (load<u32>(model + F.HEADER_CRC) !== crc32(model + F.HEADER_BYTES, bytes - F.HEADER_BYTES, 0))
    return X.STATUS_CRC;
  if (load<u16>(model + F.HEADER_SECTIONS) !== F.SECTION_COUNT) return X.STATUS_SECTION;
  let end = TABLE_END;
  for (let i = 0; i < F.SECTION_COUNT; i++) {
    const entry = model + F.HEADER_BYTES + i * F.ENTRY_BYTES;
    const offset = load<u32>(entry + F.ENTRY_OFFSET);
    const length = load<u32>(entry + F.ENTRY_LENGTH);
    if (load<u32>(entry) !== sectionId(i) || offset % F.SECTION_ALIGN !== 0) return X.STATUS_SECTION;
    if (offset < end || offset > bytes || length > bytes - offset) return X.STATUS_SECTION;
    end = offset + length;
  }
  return checkLengths(model);
}

/** Record counts against section lengths, so that an index below a count is always inside its section. */
function checkLengths(model: usize): i32 {
  if (sectionBytes(model, 0) < <u32>F.NET_BYTES) return X.STATUS_NET;
  const net = section(model, 0);
  if (sectionBytes(model, 0) !== F.NET_BYTES + <u32>load<u16>(net + F.NET_CHANNELS)) return X.STATUS_NET;
  if (sectionBytes(model, 1) !== <u32>load<u16>(net + F.NET_LAYERS) * F.LAYER_BYTES) return X.STATUS_SECTION;
  if (sectionBytes(model, 2) !== <u32>load<u16>(net + F.NET_SYNAPSES) * F.SYN_BYTES) return X.STATUS_SECTION;
  if ((sectionBytes(model, 3) & 3) !== 0) return X.STATUS_SECTION;
  const exits: i32 = load<u16>(net + F.NET_EXITS);
  if (sectionBytes(model, 4) !== exits * 2) return X.STATUS_SECTION;
  if (sectionBytes(model, 6) !== <u32>load<u16>(net + F.NET_STOP_ROWS) * exits * 4) return X.STATUS_SECTION;
  return X.STATUS_OK;
}

function section(model: usize, i: i32): usize {
  return model + load<u32>(model + F.HEADER_BYTES + i * F.ENTRY_BYTES + F.ENTRY_OFFSET);
}

function sectionBytes(model: usize, i: i32): u32 {
  return load<u32>(model + F.HEADER_BYTES + i * F.ENTRY_BYTES + F.ENTRY_LENGTH);
}

export function netRecord(model: usize): usize {
  return section(model, 0);
}

export function paddingPixels(model: usize): usize {
  return section(model, 0) + F.NET_BYTES;
}

export function layerRecord(model: usize, layer: i32): usize {
  return section(model, 1) + layer * F.LAYER_BYTES;
}

export function synapsesRecord(model: usize, group: i32): usize {
  return section(model, 2) + group * F.SYN_BYTES;
}

/** One of a layer's arrays of i32, NEURON_THRESHOLD to NEURON_NEGATIVE. */
export function neurons(model: usize, layer: usize, which: i32): usize {
  const first = section(model, 3) + load<u32>(layer + F.LAYER_NEURONS);
  return first + ((which * <i32>load<u16>(layer + F.LAYER_CHANNELS)) << 2);
}

export function neuronBytes(model: usize): u32 {
  return sectionBytes(model, 3);
}

/** Layer index of an exit's classifier. */
export function exitLayer(model: usize, exit: i32): i32 {
  return load<u16>(section(model, 4) + exit * 2);
}

/** Number of exits, 1 to MAX_EXITS. */
export function exitCount(model: usize): i32 {
  return load<u16>(section(model, 0) + F.NET_EXITS);
}

export function fusionTable(model: usize): usize {
  return section(model, 5);
}

export function fusionBytes(model: usize): u32 {
  return sectionBytes(model, 5);
}

export function stopTable(model: usize): usize {
  return section(model, 6);
}

export function weights(model: usize): usize {
  return section(model, 8);
}

export function weightBytes(model: usize): u32 {
  return sectionBytes(model, 8);
}
