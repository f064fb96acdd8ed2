/**
 * The only reader of the file format: checks a model once, so that everything behind it may trust every offset,
 * and hands out pointers to its records.
 */
import { crc32 } from './crc';
import {
  ENTRY_BYTES,
  ENTRY_LENGTH,
  ENTRY_OFFSET,
  HEADER_BYTES,
  HEADER_CRC,
  HEADER_FILE_BYTES,
  HEADER_SECTIONS,
  HEADER_VERSION,
  LAYER_BYTES,
  LAYER_CHANNELS,
  LAYER_NEURONS,
  MAGIC,
  NET_BYTES,
  NET_CHANNELS,
  NET_EXITS,
  NET_LAYERS,
  NET_STOP_ROWS,
  NET_SYNAPSES,
  SECTION_ALIGN,
  SECTION_COUNT,
  SECTION_EXITS,
  SECTION_FUSION,
  SECTION_LAYERS,
  SECTION_META,
  SECTION_NET,
  SECTION_NEURONS,
  SECTION_STOP,
  SECTION_SYNAPSES,
  SECTION_WEIGHTS,
  SYN_BYTES,
  VERSION,
} from './shared/format';
import {
  STATUS_CRC,
  STATUS_MAGIC,
  STATUS_NET,
  STATUS_OK,
  STATUS_SECTION,
  STATUS_SIZE,
  STATUS_TRUNCATED,
  STATUS_VERSION,
} from './shared/status';

/** End of the section table, the first byte that a section may take. */
const TABLE_END: u32 = HEADER_BYTES + SECTION_COUNT * ENTRY_BYTES;

/** The section id that stands at place `i`: the order is fixed, so a table look-up finds every section. */
function sectionId(i: i32): u32 {
  if (i === 0) return SECTION_NET;
  if (i === 1) return SECTION_LAYERS;
  if (i === 2) return SECTION_SYNAPSES;
  if (i === 3) return SECTION_NEURONS;
  if (i === 4) return SECTION_EXITS;
  if (i === 5) return SECTION_FUSION;
  if (i === 6) return SECTION_STOP;
  if (i === 7) return SECTION_META;
  return SECTION_WEIGHTS;
}

/** Header, CRC and section table: nothing but the bytes of the file is read, whatever they hold. */
export function checkFile(model: usize, bytes: u32): i32 {
  if (bytes < TABLE_END) return STATUS_TRUNCATED;
  if (load<u32>(model) !== MAGIC) return STATUS_MAGIC;
  if (load<u16>(model + HEADER_VERSION) !== VERSION) return STATUS_VERSION;
  const size = load<u32>(model + HEADER_FILE_BYTES);
  if (size !== bytes) return size > bytes ? STATUS_TRUNCATED : STATUS_SIZE;
  if (load<u32>(model + HEADER_CRC) !== crc32(model + HEADER_BYTES, bytes - HEADER_BYTES, 0))
    return STATUS_CRC;
  if (load<u16>(model + HEADER_SECTIONS) !== SECTION_COUNT) return STATUS_SECTION;
  let end = TABLE_END;
  for (let i = 0; i < SECTION_COUNT; i++) {
    const entry = model + HEADER_BYTES + i * ENTRY_BYTES;
    const offset = load<u32>(entry + ENTRY_OFFSET);
    const length = load<u32>(entry + ENTRY_LENGTH);
    if (load<u32>(entry) !== sectionId(i) || offset % SECTION_ALIGN !== 0) return STATUS_SECTION;
    if (offset < end || offset > bytes || length > bytes - offset) return STATUS_SECTION;
    end = offset + length;
  }
  return checkLengths(model);
}

/** Record counts against section lengths, so that an index below a count is always inside its section. */
function checkLengths(model: usize): i32 {
  if (sectionBytes(model, 0) < <u32>NET_BYTES) return STATUS_NET;
  const net = section(model, 0);
  if (sectionBytes(model, 0) !== NET_BYTES + <u32>load<u16>(net + NET_CHANNELS)) return STATUS_NET;
  if (sectionBytes(model, 1) !== <u32>load<u16>(net + NET_LAYERS) * LAYER_BYTES) return STATUS_SECTION;
  if (sectionBytes(model, 2) !== <u32>load<u16>(net + NET_SYNAPSES) * SYN_BYTES) return STATUS_SECTION;
  if ((sectionBytes(model, 3) & 3) !== 0) return STATUS_SECTION;
  const exits: i32 = load<u16>(net + NET_EXITS);
  if (sectionBytes(model, 4) !== exits * 2) return STATUS_SECTION;
  if (sectionBytes(model, 6) !== <u32>load<u16>(net + NET_STOP_ROWS) * exits * 4) return STATUS_SECTION;
  return STATUS_OK;
}

function section(model: usize, i: i32): usize {
  return model + load<u32>(model + HEADER_BYTES + i * ENTRY_BYTES + ENTRY_OFFSET);
}

function sectionBytes(model: usize, i: i32): u32 {
  return load<u32>(model + HEADER_BYTES + i * ENTRY_BYTES + ENTRY_LENGTH);
}

export function netRecord(model: usize): usize {
  return section(model, 0);
}

export function paddingPixels(model: usize): usize {
  return section(model, 0) + NET_BYTES;
}

export function layerRecord(model: usize, layer: i32): usize {
  return section(model, 1) + layer * LAYER_BYTES;
}

export function synapsesRecord(model: usize, group: i32): usize {
  return section(model, 2) + group * SYN_BYTES;
}

/** One of a layer's arrays of i32, NEURON_THRESHOLD to NEURON_NEGATIVE. */
export function neurons(model: usize, layer: usize, which: i32): usize {
  const first = section(model, 3) + load<u32>(layer + LAYER_NEURONS);
  return first + ((which * <i32>load<u16>(layer + LAYER_CHANNELS)) << 2);
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
  return load<u16>(section(model, 0) + NET_EXITS);
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
