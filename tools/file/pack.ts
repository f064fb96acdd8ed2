/** The only writer of `.snn` files; unpack.ts is its inverse. Layout: assembly/shared/format.ts. */
import { crc32 } from 'node:zlib';
import * as F from '../../assembly/shared/format.ts';
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import { type Fusion, type IntegerProjection, type Model, type SpikingLayer, seesImage } from '../model.ts';
import { IMAGE } from '../network.ts';
import { Failure } from '../terminal/failure.ts';
import { packRows, weightBytes } from './rows.ts';

const KINDS = { conv: F.KIND_CONV, pooled: F.KIND_POOLED, max: F.KIND_MAX };
const BLANK = 32;

/** The bytes of a `.snn` file. @throws Failure naming the field whose value does not fit it */
export function pack(model: Model): Uint8Array {
  const records = projections(model.layers);
  const weights = model.layers.flatMap((l) => l.projections.map((s) => padded(packRows(s, l.shape[0]))));
  // In the order of their numbers.
  const sections = [
    netSection(model, records.length),
    layerSection(model),
    concat(records),
    concat(model.layers.map(neuronArrays)),
    fusionSection(model.fusion),
    concat([table('stop table', model.stop.flat()), guards(model.layers)]),
    padded(new TextEncoder().encode(JSON.stringify(model.meta)), BLANK),
    concat(weights),
  ];
  return assemble(sections, versionOf(model));
}

/** The oldest that has all of the model: an older engine would ignore the guards. */
export function versionOf({ layers }: Model): number {
  return layers.some((layer) => layer.guard !== undefined) ? F.VERSION : F.VERSION_UNGUARDED;
}

function assemble(sections: Uint8Array[], version: number): Uint8Array {
  const offsets: number[] = [];
  let end = F.HEADER_BYTES;
  for (const bytes of sections) {
    offsets.push(align(end));
    end = align(end) + bytes.length;
  }
  const file = new Uint8Array(end);
  const header = new Fields(file, 'header');
  header.u32('magic', 0, F.MAGIC);
  header.u32('version', F.HEADER_VERSION, version);
  sections.forEach((bytes, i) => {
    header.u32('offset', F.HEADER_OFFSETS + i * 4, offsets[i] as number);
    file.set(bytes, offsets[i]);
  });
  header.u32('file size', F.HEADER_FILE_BYTES, end);
  header.u32('CRC', F.HEADER_CRC, crc32(file.subarray(F.HEADER_OFFSETS)));
  return file;
}

/** Writes numbers where they fit, and says which did not: a value that wraps would be another network. */
class Fields {
  readonly #view: DataView;
  readonly #what: string;

  constructor(bytes: Uint8Array, what: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#what = what;
  }

  u8(name: string, at: number, value: number): void {
    this.#view.setUint8(at, this.#checked(name, value, 0, 0xff));
  }

  u16(name: string, at: number, value: number): void {
    this.#view.setUint16(at, this.#checked(name, value, 0, 0xffff), true);
  }

  i16(name: string, at: number, value: number): void {
    this.#view.setInt16(at, this.#checked(name, value, -0x8000, 0x7fff), true);
  }

  u32(name: string, at: number, value: number): void {
    this.#view.setUint32(at, this.#checked(name, value, 0, 0xffffffff), true);
  }

  i32(name: string, at: number, value: number): void {
    this.#view.setInt32(at, this.#checked(name, value, -0x80000000, 0x7fffffff), true);
  }

  #checked(name: string, value: number, low: number, high: number): number {
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    throw new Failure(
      EXIT_MODEL,
      `${this.#what}, ${name}: ${value} does not fit ${low}..${high}; the network cannot be packed`,
    );
  }
}

function netSection(model: Model, projections: number): Uint8Array {
  const bytes = new Uint8Array(F.NET_BYTES + model.padding.length);
  const net = new Fields(bytes, 'network');
  net.u16('channels', F.NET_CHANNELS, model.input[0]);
  net.u16('height', F.NET_HEIGHT, model.input[1]);
  net.u16('width', F.NET_WIDTH, model.input[2]);
  net.u8('timing', F.NET_TIMING, model.timing === 'immediate' ? F.TIMING_IMMEDIATE : F.TIMING_PIPELINED);
  net.u8('readout', F.NET_READOUT, model.fusion.kind === 'beta' ? F.READOUT_SPIKES : F.READOUT_MEMBRANES);
  net.u16('steps', F.NET_STEPS, model.steps);
  net.u16('classes', F.NET_CLASSES, model.layers.at(-1)?.shape[0] ?? 0);
  net.u16('layers', F.NET_LAYERS, model.layers.length);
  net.u16('projections', F.NET_PROJECTIONS, projections);
  net.u16('exits', F.NET_EXITS, model.exits.length);
  net.u16('rows of the fusion table', F.NET_FUSE_ROWS, model.fusion.rows.length);
  net.u16('rows of the stop table', F.NET_STOP_ROWS, model.stop.length);
  for (const [c, pixel] of model.padding.entries()) net.u8('padding pixel', F.NET_BYTES + c, pixel);
  return bytes;
}

function layerSection({ layers, exits }: Model): Uint8Array {
  const bytes = new Uint8Array(layers.length * F.LAYER_BYTES);
  let projections = 0;
  let neurons = 0;
  layers.forEach((layer, i) => {
    const record = new Fields(bytes.subarray(i * F.LAYER_BYTES, (i + 1) * F.LAYER_BYTES), `layer ${i}`);
    record.u16('channels', F.LAYER_CHANNELS, layer.shape[0]);
    record.u16('height', F.LAYER_HEIGHT, layer.shape[1]);
    record.u16('width', F.LAYER_WIDTH, layer.shape[2]);
    record.u8('exit', F.LAYER_EXIT, exits.includes(i) ? 1 : 0);
    record.u8('burst', F.LAYER_BURST, layer.burst);
    record.u8('membrane bits', F.LAYER_IS32, layer.membraneBits === 32 ? 1 : 0);
    record.u8('signed', F.LAYER_SIGNED, layer.negative === undefined ? 0 : 1);
    record.u8('shift', F.LAYER_SHIFT, layer.shift);
    record.u8('guard', F.LAYER_GUARD, layer.guard === undefined ? 0 : 1);
    record.u16('first projection', F.LAYER_FIRST_PROJECTION, projections);
    record.u16('projections', F.LAYER_PROJECTIONS, layer.projections.length);
    record.u32('neurons', F.LAYER_NEURONS, neurons);
    record.i32('floor', F.LAYER_FLOOR, layer.floor);
    projections += layer.projections.length;
    neurons += neuronArrays(layer, i).length;
  });
  return bytes;
}

function projections(layers: SpikingLayer[]): Uint8Array[] {
  let weights = 0;
  return layers.flatMap((layer, i) =>
    layer.projections.map((projection) => {
      const record = projectionRecord(projection, weights, i);
      weights += align(weightBytes(projection, layer.shape[0]));
      return record;
    }),
  );
}

function projectionRecord(projection: IntegerProjection, weights: number, layer: number): Uint8Array {
  const bytes = new Uint8Array(F.PROJ_BYTES);
  const record = new Fields(bytes, `projection into layer ${layer}`);
  record.u16('source', F.PROJ_SOURCE, projection.source === IMAGE ? F.SOURCE_IMAGE : projection.source);
  record.u8('kind', F.PROJ_KIND, KINDS[projection.kind]);
  record.u8('bits', F.PROJ_BITS, projection.bits);
  record.u8('stride', F.PROJ_STRIDE_Y, projection.stride[0]);
  record.u8('stride', F.PROJ_STRIDE_X, projection.stride[1]);
  record.u8('padding', F.PROJ_PAD_TOP, projection.padding[0]);
  record.u8('padding', F.PROJ_PAD_LEFT, projection.padding[1]);
  record.u16('kernel height', F.PROJ_KERNEL_H, projection.kernel[0]);
  record.u16('kernel width', F.PROJ_KERNEL_W, projection.kernel[1]);
  record.u16('groups', F.PROJ_GROUPS, projection.groups);
  record.u32('weights', F.PROJ_WEIGHTS, weights);
  return bytes;
}

/** Bytes that the neurons of a layer take in the file. */
export function neuronBytes(layer: SpikingLayer): number {
  return neuronArrays(layer, 0).length;
}

/** Thresholds, start values, of neurons with negative spikes their negative thresholds, biases. */
function neuronArrays(layer: SpikingLayer, index: number): Uint8Array {
  const { threshold, start, negative, bias, membraneBits } = layer;
  const what = `layer ${index}`;
  const arrays = [
    array(threshold, membraneBits, `${what}, threshold`),
    array(start, membraneBits, `${what}, start`),
    ...(negative === undefined ? [] : [array(negative, membraneBits, `${what}, negative threshold`)]),
    array(bias, seesImage(layer) ? 32 : membraneBits, `${what}, bias`),
  ];
  return concat(arrays);
}

/** One value per channel, in 16 or 32 bits, padded to whole blocks. */
function array(values: Int32Array, bits: 16 | 32, what: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / F.NEURON_BLOCK) * F.NEURON_BLOCK * (bits / 8));
  const fields = new Fields(bytes, what);
  values.forEach((value, c) => {
    if (bits === 16) fields.i16(`channel ${c}`, c * 2, value);
    else fields.i32(`channel ${c}`, c * 4, value);
  });
  return bytes;
}

function fusionSection({ kind, rows }: Fusion): Uint8Array {
  if (kind === 'beta') return table('fusion table', rows.flat(), 'u32');
  const stages = rows.flat();
  const bytes = table(
    'fusion table',
    stages.flatMap(({ weights }) => [...weights, 0]),
  );
  const fields = new Fields(bytes, 'fusion table');
  let at = 0;
  for (const { weights, gain } of stages) {
    at += weights.length * 4;
    fields.u32('temperature', at, gain);
    at += 4;
  }
  return bytes;
}

function guards(layers: SpikingLayer[]): Uint8Array {
  return concat(
    layers.flatMap(({ guard }, i) => {
      if (guard === undefined) return [];
      const bytes = new Uint8Array(F.GUARD_BYTES);
      const record = new Fields(bytes, `layer ${i}, guard`);
      record.u32('low', F.GUARD_LOW, guard.low);
      record.u32('high', F.GUARD_HIGH, guard.high);
      return [bytes];
    }),
  );
}

/** Words, one after the other. */
function table(what: string, values: number[], word: 'i32' | 'u32' = 'i32'): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const fields = new Fields(bytes, what);
  for (const [i, value] of values.entries()) fields[word](`word ${i}`, i * 4, value);
  return bytes;
}

function align(bytes: number): number {
  return Math.ceil(bytes / F.SECTION_ALIGN) * F.SECTION_ALIGN;
}

function padded(bytes: Uint8Array, fill = 0): Uint8Array {
  const out = new Uint8Array(align(bytes.length)).fill(fill);
  out.set(bytes);
  return out;
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
