/** The only writer of `.snn` files; unpack.ts is its inverse. Layout: assembly/shared/format.ts. */
import { crc32 } from 'node:zlib';
import * as F from '../assembly/shared/format.ts';
import type { Fusion, IntegerSynapses, Model, SpikingLayer } from './model.ts';
import { IMAGE } from './network.ts';

const KINDS = {
  conv: F.KIND_CONV,
  depthwise: F.KIND_DEPTHWISE,
  pooled: F.KIND_POOLED,
  pool: F.KIND_POOL,
};

export function pack(model: Model): Uint8Array {
  const weights = concat(model.layers.flatMap((l) => l.synapses.map((s) => new Uint8Array(s.weights))));
  const sections: [id: number, bytes: Uint8Array][] = [
    [F.SECTION_NET, netSection(model)],
    [F.SECTION_LAYERS, layerSection(model.layers)],
    [F.SECTION_SYNAPSES, synapsesSection(model.layers.flatMap((l) => l.synapses))],
    [F.SECTION_NEURONS, concat(model.layers.map(neuronRecords))],
    [F.SECTION_EXITS, new Uint8Array(Uint16Array.from(model.exits).buffer)],
    [F.SECTION_FUSION, fusionSection(model.fusion)],
    [F.SECTION_STOP, new Uint8Array(Int32Array.from(model.stop.flat()).buffer)],
    [F.SECTION_META, new TextEncoder().encode(JSON.stringify(model.meta))],
    [F.SECTION_WEIGHTS, weights],
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
    view.setUint32(F.LAYER_FIRST_NEURON, neurons, true);
    view.setInt32(F.LAYER_FLOOR, layer.floor, true);
    synapses += layer.synapses.length;
    neurons += layer.threshold.length;
  });
  return bytes;
}

function synapsesSection(groups: IntegerSynapses[]): Uint8Array {
  const bytes = new Uint8Array(groups.length * F.SYN_BYTES);
  let weights = 0;
  groups.forEach((group, i) => {
    const view = new DataView(bytes.buffer, i * F.SYN_BYTES, F.SYN_BYTES);
    view.setUint16(F.SYN_SOURCE, group.source === IMAGE ? F.SOURCE_IMAGE : group.source, true);
    view.setUint8(F.SYN_KIND, KINDS[group.kind]);
    view.setUint8(F.SYN_STRIDE_Y, group.stride[0]);
    view.setUint8(F.SYN_STRIDE_X, group.stride[1]);
    view.setUint8(F.SYN_PAD_TOP, group.padding[0]);
    view.setUint8(F.SYN_PAD_LEFT, group.padding[1]);
    view.setUint16(F.SYN_KERNEL_H, group.kernel[0], true);
    view.setUint16(F.SYN_KERNEL_W, group.kernel[1], true);
    view.setUint32(F.SYN_WEIGHTS, weights, true);
    view.setUint32(F.SYN_WEIGHT_BYTES, group.weights.length, true);
    weights += group.weights.length;
  });
  return bytes;
}

function neuronRecords(layer: SpikingLayer): Uint8Array {
  const words = new Int32Array((layer.threshold.length * F.NEURON_BYTES) / 4);
  layer.threshold.forEach((threshold, c) => {
    const at = (c * F.NEURON_BYTES) / 4;
    words[at + F.NEURON_THRESHOLD / 4] = threshold;
    words[at + F.NEURON_BIAS / 4] = layer.bias[c] as number;
    words[at + F.NEURON_START / 4] = layer.start[c] as number;
  });
  return new Uint8Array(words.buffer);
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
