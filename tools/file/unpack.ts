/** Reads a `.snn` file back into plain data: the inverse of pack.ts, with errors that name file and field. */
import { crc32 } from 'node:zlib';
import * as F from '../../assembly/shared/format.ts';
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import type { CurrentStage, Fusion, IntegerSynapses, Meta, Model, SpikingLayer } from '../model.ts';
import { IMAGE } from '../network.ts';
import { Failure } from '../terminal/failure.ts';
import { isBlocked, placeInRow } from './pack.ts';

const KINDS = {
  [F.KIND_CONV]: 'conv',
  [F.KIND_POOLED]: 'pooled',
  [F.KIND_POOL]: 'pool',
} as const;

export function unpack(file: Uint8Array, name: string): Model {
  const fail = (what: string): never => {
    throw new Failure(EXIT_MODEL, `${name}: ${what}`);
  };
  const header = F.HEADER_BYTES + F.SECTION_COUNT * F.ENTRY_BYTES;
  if (file.length < header) fail(`${file.length} bytes are too few for a .snn header; copy the file again`);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  if (view.getUint32(0, true) !== F.MAGIC) fail('magic: this is not a .snn file; make one with snn convert');
  const version = view.getUint16(F.HEADER_VERSION, true);
  if (version !== F.VERSION) fail(`version ${version}, this tool reads ${F.VERSION}; pack the model again`);
  const size = view.getUint32(F.HEADER_FILE_BYTES, true);
  if (size !== file.length) fail(`size: ${file.length} bytes, its header says ${size}; copy the file again`);
  if (view.getUint32(F.HEADER_CRC, true) !== crc32(file.subarray(F.HEADER_BYTES))) {
    fail('CRC: the file is damaged; copy it or pack it again');
  }
  const sections = new Map<number, DataView>();
  for (let i = 0; i < view.getUint16(F.HEADER_SECTIONS, true); i++) {
    const entry = F.HEADER_BYTES + i * F.ENTRY_BYTES;
    const offset = view.getUint32(entry + F.ENTRY_OFFSET, true);
    const length = view.getUint32(entry + F.ENTRY_LENGTH, true);
    if (offset + length > file.length) fail(`section ${i}: ends behind the file; pack the model again`);
    sections.set(view.getUint32(entry, true), new DataView(file.buffer, file.byteOffset + offset, length));
  }
  const section = (id: number): DataView => sections.get(id) ?? fail(`section ${sectionName(id)} is missing`);
  try {
    return read(section);
  } catch (error) {
    if (error instanceof RangeError) fail('a record points outside its section; pack the model again');
    throw error;
  }
}

/** The four letters of a section id. */
export function sectionName(id: number): string {
  return String.fromCharCode(id & 255, (id >> 8) & 255, (id >> 16) & 255, id >>> 24).trimEnd();
}

function read(section: (id: number) => DataView): Model {
  const net = section(F.SECTION_NET);
  const channels = net.getUint16(F.NET_CHANNELS, true);
  const exits = net.getUint16(F.NET_EXITS, true);
  const exitView = section(F.SECTION_EXITS);
  const stopView = section(F.SECTION_STOP);
  const meta = section(F.SECTION_META);
  return {
    input: [channels, net.getUint16(F.NET_HEIGHT, true), net.getUint16(F.NET_WIDTH, true)],
    padding: count(channels, (c) => net.getUint8(F.NET_BYTES + c)),
    timing: net.getUint8(F.NET_TIMING) === F.TIMING_IMMEDIATE ? 'immediate' : 'pipelined',
    steps: net.getUint16(F.NET_STEPS, true),
    layers: count(net.getUint16(F.NET_LAYERS, true), (i) => readLayer(section, i)),
    exits: count(exits, (e) => exitView.getUint16(e * 2, true)),
    fusion: readFusion(net.getUint8(F.NET_FUSION), section(F.SECTION_FUSION), exits),
    stop: count(net.getUint16(F.NET_STOP_ROWS, true), (r) =>
      count(exits, (e) => stopView.getInt32((r * exits + e) * 4, true)),
    ),
    meta: JSON.parse(new TextDecoder().decode(meta)) as Meta,
  };
}

function readLayer(section: (id: number) => DataView, index: number): SpikingLayer {
  const layers = section(F.SECTION_LAYERS);
  const at = index * F.LAYER_BYTES;
  const channels = layers.getUint16(at + F.LAYER_CHANNELS, true);
  const neurons = section(F.SECTION_NEURONS);
  const first = layers.getUint32(at + F.LAYER_NEURONS, true);
  const perChannel = (which: number): Int32Array =>
    Int32Array.from(count(channels, (c) => neurons.getInt32(first + (which * channels + c) * 4, true)));
  const group = layers.getUint16(at + F.LAYER_FIRST_SYNAPSES, true);
  return {
    shape: [
      channels,
      layers.getUint16(at + F.LAYER_HEIGHT, true),
      layers.getUint16(at + F.LAYER_WIDTH, true),
    ],
    readout: layers.getUint8(at + F.LAYER_READOUT) === F.READOUT_SPIKES ? 'spikes' : 'current',
    burst: layers.getUint8(at + F.LAYER_BURST),
    membraneBits: layers.getUint8(at + F.LAYER_MEMBRANE_BITS) === 16 ? 16 : 32,
    shift: layers.getUint8(at + F.LAYER_SHIFT),
    floor: layers.getInt32(at + F.LAYER_FLOOR, true),
    synapses: count(layers.getUint16(at + F.LAYER_SYNAPSES, true), (i) =>
      readSynapses(section, group + i, channels),
    ),
    threshold: perChannel(F.NEURON_THRESHOLD),
    bias: perChannel(F.NEURON_BIAS),
    start: perChannel(F.NEURON_START),
    ...(layers.getUint8(at + F.LAYER_SIGNED) === 1 ? { negative: perChannel(F.NEURON_NEGATIVE) } : {}),
  };
}

function readSynapses(section: (id: number) => DataView, index: number, channels: number): IntegerSynapses {
  const view = section(F.SECTION_SYNAPSES);
  const at = index * F.SYN_BYTES;
  const weights = section(F.SECTION_WEIGHTS);
  const offset = view.getUint32(at + F.SYN_WEIGHTS, true);
  const bytes = view.getUint32(at + F.SYN_WEIGHT_BYTES, true);
  if (offset + bytes > weights.byteLength) throw new RangeError('weights');
  const source = view.getUint16(at + F.SYN_SOURCE, true);
  const groups = view.getUint16(at + F.SYN_GROUPS, true);
  const bits = view.getUint8(at + F.SYN_BITS);
  if (bits < 2 || bits > 8 || (groups > 0 && channels % groups !== 0)) throw new RangeError('synapses');
  const from = source === F.SOURCE_IMAGE ? IMAGE : source;
  const packed = new Uint8Array(weights.buffer, weights.byteOffset + offset, bytes);
  return {
    kind: KINDS[view.getUint8(at + F.SYN_KIND) as keyof typeof KINDS],
    source: from,
    kernel: [view.getUint16(at + F.SYN_KERNEL_H, true), view.getUint16(at + F.SYN_KERNEL_W, true)],
    stride: [view.getUint8(at + F.SYN_STRIDE_Y), view.getUint8(at + F.SYN_STRIDE_X)],
    padding: [view.getUint8(at + F.SYN_PAD_TOP), view.getUint8(at + F.SYN_PAD_LEFT)],
    groups,
    bits,
    weights: unpackRows(packed, groups === 0 ? channels : channels / groups, { source: from, groups, bits }),
  };
}

/** The inverse of pack.ts' rows, `width` weights each. */
function unpackRows(
  packed: Uint8Array,
  width: number,
  group: Pick<IntegerSynapses, 'source' | 'groups' | 'bits'>,
): Int8Array {
  const { bits } = group;
  const zero = 2 ** (bits - 1);
  const blocked = isBlocked(group);
  const size = blocked ? Math.ceil(width / F.ROW_BLOCK) * F.ROW_BLOCK : Math.ceil((width * bits) / 8);
  return Int8Array.from({ length: (packed.length / size) * width }, (_, i) => {
    const row = Math.floor(i / width) * size;
    if (blocked) return (packed[row + placeInRow(i % width, group)] as number) - zero;
    const bit = (i % width) * bits;
    const at = row + (bit >> 3);
    const word = (packed[at] as number) | ((packed[at + 1] ?? 0) << 8);
    return ((word >> (bit & 7)) & (2 * zero - 1)) - zero;
  });
}

function readFusion(kind: number, view: DataView, exits: number): Fusion {
  let at = 0;
  const u16 = (): number => {
    at += 2;
    return view.getUint16(at - 2, true);
  };
  const i32 = (): number => {
    at += 4;
    return view.getInt32(at - 4, true);
  };
  if (kind === F.FUSION_CURRENT) {
    const rows = i32();
    const stage = (e: number): CurrentStage => ({ weights: count(e + 1, i32), gain: i32() });
    return { kind: 'current', rows: count(rows, () => count(exits, stage)) };
  }
  const knots = (): { step: number; alpha: number }[] => {
    const length = u16();
    u16();
    return count(length, () => ({ step: u16(), alpha: u16() }));
  };
  return { kind: 'beta', alpha: count(exits - 1, knots) };
}

function count<T>(length: number, make: (i: number) => T): T[] {
  return Array.from({ length }, (_, i) => make(i));
}
