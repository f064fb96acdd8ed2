/** The only writer of `.snn` files; unpack.ts is its inverse. Layout: assembly/shared/format.ts. */
import { crc32 } from 'node:zlib';
import * as F from '../../assembly/shared/format.ts';
import type { Fusion, IntegerSynapses, Model, SpikingLayer } from '../model.ts';
import { IMAGE } from '../network.ts';

const KINDS = {
  conv: F.KIND_CONV,
  pooled: F.KIND_POOLED,
  pool: F.KIND_POOL,
};

export function pack(model: Model): Uint8Array {
  const rows = model.layers.flatMap((l) => l.synapses.map((s) => packRows(s, l.shape[0])));
  const sections: [id: number, bytes: Uint8Array][] = [
    [F.SECTION_NET, netSection(model)],
    [F.SECTION_LAYERS, layerSection(model.layers)],
    [F.SECTION_SYNAPSES, synapsesSection(model.layers)],
    [F.SECTION_NEURONS, concat(model.layers.map(neuronArrays))],
    [F.SECTION_EXITS, new Uint8Array(Uint16Array.from(model.exits).buffer)],
    [F.SECTION_FUSION, fusionSection(model.fusion)],
    [F.SECTION_STOP, new Uint8Array(Int32Array.from(model.stop.flat()).buffer)],
    [F.SECTION_META, new TextEncoder().encode(JSON.stringify(model.meta))],
    [F.SECTION_WEIGHTS, concat(rows)],
  ];
  return assemble(sections);
}

function assemble(sections: [number, Uint8Array][]): Uint8Array {
  const offsets: number[] = [];
  let end = F.HEADER_BYTES + sections.length * F.ENTRY_BYTES;
  for (const [, bytes] of sections) {
    const offset = Math.ceil(end / F.SECTION_ALIGN) * F.SECTION_ALIGN;
    offsets.push(offset);
    end = offset + bytes.length;
  }
  const file = new Uint8Array(end);
  const view = new DataView(file.buffer);
  view.setUint32(0, F.MAGIC, true);
  view.setUint16(F.HEADER_VERSION, F.VERSION, true);
  view.setUint16(F.HEADER_SECTIONS, sections.length, true);
  view.setUint32(F.HEADER_FILE_BYTES, end, true);
  sections.forEach(([id, bytes], i) => {
    const entry = F.HEADER_BYTES + i * F.ENTRY_BYTES;
    view.setUint32(entry, id, true);
    view.setUint32(entry + F.ENTRY_OFFSET, offsets[i] as number, true);
    view.setUint32(entry + F.ENTRY_LENGTH, bytes.length, true);
    file.set(bytes, offsets[i]);
  });
  view.setUint32(F.HEADER_CRC, crc32(file.subarray(F.HEADER_BYTES)), true);
  return file;
}

function netSection(model: Model): Uint8Array {
  const bytes = new Uint8Array(F.NET_BYTES + model.padding.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(F.NET_CHANNELS, model.input[0], true);
  view.setUint16(F.NET_HEIGHT, model.input[1], true);
  view.setUint16(F.NET_WIDTH, model.input[2], true);
  view.setUint8(F.NET_TIMING, model.timing === 'immediate' ? F.TIMING_IMMEDIATE : F.TIMING_PIPELINED);
  view.setUint8(F.NET_FUSION, model.fusion.kind === 'beta' ? F.FUSION_BETA : F.FUSION_CURRENT);
  view.setUint16(F.NET_STEPS, model.steps, true);
  view.setUint16(F.NET_CLASSES, model.layers.at(-1)?.shape[0] ?? 0, true);
  view.setUint16(F.NET_LAYERS, model.layers.length, true);
  view.setUint16(
    F.NET_SYNAPSES,
    model.layers.reduce((n, l) => n + l.synapses.length, 0),
    true,
  );
  view.setUint16(F.NET_EXITS, model.exits.length, true);
  view.setUint16(F.NET_STOP_ROWS, model.stop.length, true);
  bytes.set(model.padding, F.NET_BYTES);
  return bytes;
}

function layerSection(layers: SpikingLayer[]): Uint8Array {
  const bytes = new Uint8Array(layers.length * F.LAYER_BYTES);
  let synapses = 0;
  let neurons = 0;
  layers.forEach((layer, i) => {
    const view = new DataView(bytes.buffer, i * F.LAYER_BYTES, F.LAYER_BYTES);
    view.setUint16(F.LAYER_CHANNELS, layer.shape[0], true);
    view.setUint16(F.LAYER_HEIGHT, layer.shape[1], true);
    view.setUint16(F.LAYER_WIDTH, layer.shape[2], true);
    view.setUint8(F.LAYER_READOUT, layer.readout === 'spikes' ? F.READOUT_SPIKES : F.READOUT_CURRENT);
    view.setUint8(F.LAYER_BURST, layer.burst);
    view.setUint8(F.LAYER_MEMBRANE_BITS, layer.membraneBits);
    view.setUint8(F.LAYER_SHIFT, layer.shift);
    view.setUint16(F.LAYER_FIRST_SYNAPSES, synapses, true);
    view.setUint16(F.LAYER_SYNAPSES, layer.synapses.length, true);
    view.setUint8(F.LAYER_SIGNED, layer.negative === undefined ? 0 : 1);
    view.setUint32(F.LAYER_NEURONS, neurons, true);
    view.setInt32(F.LAYER_FLOOR, layer.floor, true);
    synapses += layer.synapses.length;
    neurons += neuronArrays(layer).length;
  });
  return bytes;
}

function synapsesSection(layers: SpikingLayer[]): Uint8Array {
  const records: Uint8Array[] = [];
  let weights = 0;
  for (const layer of layers) {
    for (const group of layer.synapses) {
      const bytes = weightBytes(group, layer.shape[0]);
      records.push(synapsesRecord(group, weights, bytes));
      weights += bytes;
    }
  }
  return concat(records);
}

function synapsesRecord(group: IntegerSynapses, weights: number, bytes: number): Uint8Array {
  const record = new Uint8Array(F.SYN_BYTES);
  const view = new DataView(record.buffer);
  view.setUint16(F.SYN_SOURCE, group.source === IMAGE ? F.SOURCE_IMAGE : group.source, true);
  view.setUint8(F.SYN_KIND, KINDS[group.kind]);
  view.setUint8(F.SYN_STRIDE_Y, group.stride[0]);
  view.setUint8(F.SYN_STRIDE_X, group.stride[1]);
  view.setUint8(F.SYN_PAD_TOP, group.padding[0]);
  view.setUint8(F.SYN_PAD_LEFT, group.padding[1]);
  view.setUint8(F.SYN_BITS, group.bits);
  view.setUint16(F.SYN_KERNEL_H, group.kernel[0], true);
  view.setUint16(F.SYN_KERNEL_W, group.kernel[1], true);
  view.setUint32(F.SYN_WEIGHTS, weights, true);
  view.setUint32(F.SYN_WEIGHT_BYTES, bytes, true);
  view.setUint16(F.SYN_GROUPS, group.groups, true);
  return record;
}

/** Weights in one row: from a source channel to the channels of its group. */
export function rowWeights({ groups }: IntegerSynapses, channels: number): number {
  return groups === 0 ? channels : channels / groups;
}

function rowCount(group: IntegerSynapses, channels: number): number {
  return group.weights.length / rowWeights(group, channels);
}

function rowBytes(group: IntegerSynapses, channels: number): number {
  const width = rowWeights(group, channels);
  if (isBlocked(group)) return Math.ceil(width / F.ROW_BLOCK) * F.ROW_BLOCK;
  return Math.ceil((width * group.bits) / 8);
}

/** Rows that end on whole blocks. */
export function isBlocked({ bits, groups }: Pick<IntegerSynapses, 'bits' | 'groups'>): boolean {
  return bits === 8 && groups <= 1;
}

/** Place of channel `c` in such a row; those of the image keep their order. */
export function placeInRow(c: number, { source }: Pick<IntegerSynapses, 'source'>): number {
  const half = F.ROW_BLOCK / 2;
  const at = c % F.ROW_BLOCK;
  return source === IMAGE ? c : c - at + (at % half) * 2 + Math.floor(at / half);
}

/** Bytes that the weights of a group take in the file. */
export function weightBytes(group: IntegerSynapses, channels: number): number {
  return rowBytes(group, channels) * rowCount(group, channels);
}

/** Rows of weights, unsigned, least significant bits first, every row on whole bytes. */
function packRows(group: IntegerSynapses, channels: number): Uint8Array {
  const zero = 2 ** (group.bits - 1);
  const width = rowWeights(group, channels);
  const size = rowBytes(group, channels);
  const out = new Uint8Array(size * rowCount(group, channels));
  if (isBlocked(group)) {
    out.fill(zero);
    group.weights.forEach((w, i) => {
      out[Math.floor(i / width) * size + placeInRow(i % width, group)] = w + zero;
    });
    return out;
  }
  group.weights.forEach((w, i) => {
    const bit = (i % width) * group.bits;
    const at = Math.floor(i / width) * size + (bit >> 3);
    const word = (w + zero) << (bit & 7);
    out[at] = (out[at] as number) | (word & 255);
    if (word > 255) out[at + 1] = (out[at + 1] as number) | (word >> 8);
  });
  return out;
}

/** Thresholds, biases, start values and, of neurons with negative spikes, their negative thresholds. */
function neuronArrays({ threshold, bias, start, negative }: SpikingLayer): Uint8Array {
  const arrays = negative === undefined ? [threshold, bias, start] : [threshold, bias, start, negative];
  return concat(arrays.map((a) => new Uint8Array(Int32Array.from(a).buffer)));
}

function fusionSection(fusion: Fusion): Uint8Array {
  if (fusion.kind === 'current') {
    const words = fusion.rows.flatMap((row) => row.flatMap((stage) => [...stage.weights, stage.gain]));
    return new Uint8Array(Int32Array.from([fusion.rows.length, ...words]).buffer);
  }
  const words = fusion.alpha.flatMap((knots) => [
    knots.length,
    0,
    ...knots.flatMap((k) => [k.step, k.alpha]),
  ]);
  return new Uint8Array(Uint16Array.from(words).buffer);
}

function concat(parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
