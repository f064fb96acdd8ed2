/** Reads a `.snn` file back into plain data: the inverse of pack.ts, with errors that name file and field. */
import { crc32 } from 'node:zlib';
import * as F from '../../assembly/shared/format.ts';
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import { MOST_SHARED_WEIGHTS } from '../limits.ts';
import type { Fusion, Guard, IntegerProjection, MembraneStage, Model, SpikingLayer } from '../model.ts';
import { IMAGE } from '../network.ts';
import { Failure } from '../terminal/failure.ts';
import { readMeta } from './meta.ts';
import { versionOf } from './pack.ts';
import { rowBytes, unpackRows } from './rows.ts';

/** Of the sections, in the order of their numbers. */
export const SECTION_NAMES = [
  'network',
  'layers',
  'projections',
  'neurons',
  'fusion',
  'stop',
  'meta',
  'weights',
] as const;

/** Reads the sections of a file by their numbers. */
type Sections = (number: number) => DataView;

export function unpack(file: Uint8Array, name: string): Model {
  const section = sectionsOf(file, name);
  let room = file.length * LEAST_BITS_SHARE + MOST_SHARED_WEIGHTS;
  const take: Take = (values) => {
    room -= values;
    if (room < 0)
      throw refusal(name, `more than ${MOST_SHARED_WEIGHTS} weights are shared; pack the model again`);
  };
  try {
    const model = read(section, take);
    const version = new DataView(file.buffer, file.byteOffset).getUint32(F.HEADER_VERSION, true);
    if (version !== versionOf(model))
      throw refusal(
        name,
        `format ${version} is of models ${version === F.VERSION ? 'with' : 'without'} guards; copy the file again`,
      );
    return model;
  } catch (error) {
    if (error instanceof RangeError)
      throw refusal(name, 'a record points outside its section; pack the model again');
    throw error;
  }
}

/** Weights per byte, at 2 bits each. */
const LEAST_BITS_SHARE = 4;

/** Before so many values are read: records that share theirs are small in the file alone. */
type Take = (values: number) => void;

function refusal(name: string, what: string): Failure {
  return new Failure(EXIT_MODEL, `${name}: ${what}`);
}

/** As soon as its first bytes are there. @throws Failure */
export function checkMagic(head: Uint8Array, name: string): void {
  const magic = new DataView(head.buffer, head.byteOffset, head.length);
  // Shorter files have a message of their own.
  if (head.length >= 4 && magic.getUint32(0, true) !== F.MAGIC)
    throw refusal(name, 'magic: this is not a .snn file; make one with snn convert');
}

/** Header, size and CRC checked. @throws Failure */
export function sectionsOf(file: Uint8Array, name: string): Sections {
  const fail = (what: string): never => {
    throw refusal(name, what);
  };
  if (file.length < F.HEADER_BYTES)
    fail(`${file.length} bytes are too few for a .snn header; copy the file again`);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  checkMagic(file, name);
  // Until format 3 the version was a u16.
  const version = view.getUint16(F.HEADER_VERSION, true);
  if (![F.VERSION_UNGUARDED, F.VERSION].includes(view.getUint32(F.HEADER_VERSION, true)))
    fail(
      `format ${version}, this tool reads formats ${F.VERSION_UNGUARDED} and ${F.VERSION}; make it anew with snn convert`,
    );
  const size = view.getUint32(F.HEADER_FILE_BYTES, true);
  if (size !== file.length) fail(`size: ${file.length} bytes, its header says ${size}; copy the file again`);
  if (view.getUint32(F.HEADER_CRC, true) !== crc32(file.subarray(F.HEADER_OFFSETS)))
    fail('CRC: the file is damaged; copy it or pack it again');
  const offsets = count(F.SECTIONS + 1, (i) => view.getUint32(F.HEADER_OFFSETS + i * 4, true));
  offsets.slice(1).forEach((end, i) => {
    if ((offsets[i] as number) <= end && end <= size) return;
    fail(`section ${SECTION_NAMES[i]}: begins or ends outside its place; pack the model again`);
  });
  return (i) => {
    const [from, to] = [offsets[i] as number, offsets[i + 1] as number];
    return new DataView(file.buffer, file.byteOffset + from, to - from);
  };
}

function read(section: Sections, take: Take): Model {
  const net = section(F.SECTION_NET);
  const channels = net.getUint16(F.NET_CHANNELS, true);
  const exits = net.getUint16(F.NET_EXITS, true);
  const stopView = section(F.SECTION_STOP);
  const layerView = section(F.SECTION_LAYERS);
  const layers = net.getUint16(F.NET_LAYERS, true);
  const stopRows = net.getUint16(F.NET_STOP_ROWS, true);
  let guard = stopRows * exits * 4;
  /** The next one, where the layer has one. */
  const guardOf = (i: number): { guard?: Guard } => {
    if (layerView.getUint8(i * F.LAYER_BYTES + F.LAYER_GUARD) === 0) return {};
    guard += F.GUARD_BYTES;
    const bound = (field: number): number => stopView.getUint32(guard - F.GUARD_BYTES + field, true);
    return { guard: { low: bound(F.GUARD_LOW), high: bound(F.GUARD_HIGH) } };
  };
  return {
    input: [channels, net.getUint16(F.NET_HEIGHT, true), net.getUint16(F.NET_WIDTH, true)],
    padding: count(channels, (c) => net.getUint8(F.NET_BYTES + c)),
    timing: net.getUint8(F.NET_TIMING) === F.TIMING_IMMEDIATE ? 'immediate' : 'pipelined',
    steps: net.getUint16(F.NET_STEPS, true),
    layers: count(layers, (i) => ({ ...readLayer(section, i, take), ...guardOf(i) })),
    exits: count(layers, (i) => i).filter((i) => layerView.getUint8(i * F.LAYER_BYTES + F.LAYER_EXIT) === 1),
    fusion: readFusion(section, exits),
    stop: count(stopRows, (r) => count(exits, (e) => stopView.getInt32((r * exits + e) * 4, true))),
    meta: readMeta(section(F.SECTION_META)),
  };
}

function readLayer(section: Sections, index: number, take: Take): SpikingLayer {
  const layers = section(F.SECTION_LAYERS);
  const at = index * F.LAYER_BYTES;
  const channels = layers.getUint16(at + F.LAYER_CHANNELS, true);
  const first = layers.getUint16(at + F.LAYER_FIRST_PROJECTION, true);
  const bits = layers.getUint8(at + F.LAYER_IS32) === 1 ? 32 : 16;
  const isSigned = layers.getUint8(at + F.LAYER_SIGNED) === 1;
  const readsMembranes = section(F.SECTION_NET).getUint8(F.NET_READOUT) === F.READOUT_MEMBRANES;
  const projections = count(layers.getUint16(at + F.LAYER_PROJECTIONS, true), (i) =>
    readProjection(section, first + i, channels, take),
  );
  const neurons = section(F.SECTION_NEURONS);
  let next = layers.getUint32(at + F.LAYER_NEURONS, true);
  const array = (width: 16 | 32): Int32Array => {
    const from = next;
    take(channels);
    next += Math.ceil(channels / F.NEURON_BLOCK) * F.NEURON_BLOCK * (width / 8);
    return Int32Array.from(
      count(channels, (c) =>
        width === 32 ? neurons.getInt32(from + c * 4, true) : neurons.getInt16(from + c * 2, true),
      ),
    );
  };
  // In the order of the file.
  const threshold = array(bits);
  const start = array(bits);
  const negative = isSigned ? { negative: array(bits) } : {};
  const bias = array(projections[0]?.source === IMAGE ? 32 : bits);
  return {
    shape: [
      channels,
      layers.getUint16(at + F.LAYER_HEIGHT, true),
      layers.getUint16(at + F.LAYER_WIDTH, true),
    ],
    readout: layers.getUint8(at + F.LAYER_EXIT) === 1 && readsMembranes ? 'membrane' : 'spikes',
    burst: layers.getUint8(at + F.LAYER_BURST),
    membraneBits: bits,
    shift: layers.getUint8(at + F.LAYER_SHIFT),
    floor: layers.getInt32(at + F.LAYER_FLOOR, true),
    projections,
    threshold,
    ...negative,
    bias,
    start,
  };
}

/** By their numbers. */
const KINDS = ['conv', 'pooled', 'max'] as const;

function readProjection(section: Sections, index: number, channels: number, take: Take): IntegerProjection {
  const view = section(F.SECTION_PROJECTIONS);
  const at = index * F.PROJ_BYTES;
  const source = view.getUint16(at + F.PROJ_SOURCE, true);
  const groups = view.getUint16(at + F.PROJ_GROUPS, true);
  const bits = view.getUint8(at + F.PROJ_BITS);
  if (bits < 2 || bits > 8 || channels % groups !== 0) throw new RangeError('projection');
  const isImage = source === F.SOURCE_IMAGE;
  const kind = KINDS[view.getUint8(at + F.PROJ_KIND)];
  if (kind === undefined) throw new RangeError('kind');
  const kernel: [number, number] = [
    view.getUint16(at + F.PROJ_KERNEL_H, true),
    view.getUint16(at + F.PROJ_KERNEL_W, true),
  ];
  const inputs = isImage
    ? section(F.SECTION_NET).getUint16(F.NET_CHANNELS, true)
    : section(F.SECTION_LAYERS).getUint16(source * F.LAYER_BYTES + F.LAYER_CHANNELS, true);
  const row = { source: isImage ? IMAGE : source, groups, bits };
  const taps = { conv: kernel[0] * kernel[1], pooled: 1, max: 0 };
  const rows = inputs * taps[kind];
  const weights = section(F.SECTION_WEIGHTS);
  const from = weights.byteOffset + view.getUint32(at + F.PROJ_WEIGHTS, true);
  const bytes = rows * rowBytes(row, channels);
  if (from + bytes > weights.byteOffset + weights.byteLength) throw new RangeError('weights');
  take((rows * channels) / groups);
  return {
    kind,
    ...row,
    kernel,
    stride: [view.getUint8(at + F.PROJ_STRIDE_Y), view.getUint8(at + F.PROJ_STRIDE_X)],
    padding: [view.getUint8(at + F.PROJ_PAD_TOP), view.getUint8(at + F.PROJ_PAD_LEFT)],
    weights: unpackRows(new Uint8Array(weights.buffer, from, bytes), rows, channels, row),
  };
}

function readFusion(section: Sections, exits: number): Fusion {
  const net = section(F.SECTION_NET);
  const view = section(F.SECTION_FUSION);
  const rows = net.getUint16(F.NET_FUSE_ROWS, true);
  let at = 0;
  const i32 = (): number => {
    at += 4;
    return view.getInt32(at - 4, true);
  };
  // α and temperatures are never negative: the engine's products hold all of their 32 bits.
  const u32 = (): number => i32() >>> 0;
  if (net.getUint8(F.NET_READOUT) === F.READOUT_SPIKES)
    return { kind: 'beta', rows: count(rows, () => count(exits - 1, u32)) };
  const stage = (e: number): MembraneStage => ({ weights: count(e + 1, i32), gain: u32() });
  return { kind: 'membrane', rows: count(rows, () => count(exits, stage)) };
}

function count<T>(length: number, make: (i: number) => T): T[] {
  return Array.from({ length }, (_, i) => make(i));
}
