/** Models with single fields changed, records moved and the CRC repaired: what a writer other than pack.ts could make. */
import { crc32 } from 'node:zlib';
import * as F from '../../assembly/shared/format.ts';
import { pack } from '../../tools/file/pack.ts';
import type { Model } from '../../tools/model.ts';

/** Fields of a record by their place, with their sizes in bytes. */
export type Fields = readonly (readonly [field: number, bytes: 1 | 2 | 4])[];

export const NET: Fields = [
  [F.NET_CHANNELS, 2],
  [F.NET_HEIGHT, 2],
  [F.NET_WIDTH, 2],
  [F.NET_TIMING, 1],
  [F.NET_READOUT, 1],
  [F.NET_STEPS, 2],
  [F.NET_CLASSES, 2],
  [F.NET_LAYERS, 2],
  [F.NET_PROJECTIONS, 2],
  [F.NET_EXITS, 2],
  [F.NET_FUSE_ROWS, 2],
  [F.NET_STOP_ROWS, 2],
];

export const LAYER: Fields = [
  [F.LAYER_CHANNELS, 2],
  [F.LAYER_HEIGHT, 2],
  [F.LAYER_WIDTH, 2],
  [F.LAYER_EXIT, 1],
  [F.LAYER_BURST, 1],
  [F.LAYER_IS32, 1],
  [F.LAYER_SIGNED, 1],
  [F.LAYER_SHIFT, 1],
  [F.LAYER_GUARD, 1],
  [F.LAYER_FIRST_PROJECTION, 2],
  [F.LAYER_PROJECTIONS, 2],
  [F.LAYER_NEURONS, 4],
  [F.LAYER_FLOOR, 4],
];

export const PROJ: Fields = [
  [F.PROJ_SOURCE, 2],
  [F.PROJ_KIND, 1],
  [F.PROJ_BITS, 1],
  [F.PROJ_STRIDE_Y, 1],
  [F.PROJ_STRIDE_X, 1],
  [F.PROJ_PAD_TOP, 1],
  [F.PROJ_PAD_LEFT, 1],
  [F.PROJ_KERNEL_H, 2],
  [F.PROJ_KERNEL_W, 2],
  [F.PROJ_GROUPS, 2],
  [F.PROJ_WEIGHTS, 4],
];

export class Craft {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(model: Model | Uint8Array) {
    this.bytes = model instanceof Uint8Array ? model.slice() : pack(model);
    this.#view = new DataView(this.bytes.buffer);
  }

  get(at: number, bytes: 1 | 2 | 4): number {
    if (bytes === 1) return this.#view.getUint8(at);
    return bytes === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  /** Whatever does not fit is cut off. */
  set(at: number, bytes: 1 | 2 | 4, value: number): this {
    if (bytes === 1) this.#view.setUint8(at, value);
    else if (bytes === 2) this.#view.setUint16(at, value, true);
    else this.#view.setUint32(at, value, true);
    return this;
  }

  /** Where a section begins; the one after the last is the end of the file. */
  section(i: number): number {
    return this.get(F.HEADER_OFFSETS + i * 4, 4);
  }

  sectionBytes(i: number): number {
    return this.section(i + 1) - this.section(i);
  }

  moveSection(i: number, to: number): this {
    return this.set(F.HEADER_OFFSETS + i * 4, 4, to);
  }

  layerAt(layer: number): number {
    return this.section(F.SECTION_LAYERS) + layer * F.LAYER_BYTES;
  }

  projectionAt(projection: number): number {
    return this.section(F.SECTION_PROJECTIONS) + projection * F.PROJ_BYTES;
  }

  net(field: number): number;
  net(field: number, value: number): this;
  net(field: number, value?: number): number | this {
    return this.#field(NET, this.section(F.SECTION_NET), field, value);
  }

  layer(layer: number, field: number): number;
  layer(layer: number, field: number, value: number): this;
  layer(layer: number, field: number, value?: number): number | this {
    return this.#field(LAYER, this.layerAt(layer), field, value);
  }

  projection(projection: number, field: number): number;
  projection(projection: number, field: number, value: number): this;
  projection(projection: number, field: number, value?: number): number | this {
    return this.#field(PROJ, this.projectionAt(projection), field, value);
  }

  #field(fields: Fields, record: number, field: number, value?: number): number | this {
    const [, bytes] = fields.find(([at]) => at === field) as Fields[0];
    return value === undefined ? this.get(record + field, bytes) : this.set(record + field, bytes, value);
  }

  /** The file, its CRC repaired. */
  done(): Uint8Array {
    return withCrc(this.bytes);
  }
}

export function withCrc(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint32(F.HEADER_CRC, crc32(bytes.subarray(F.HEADER_OFFSETS)), true);
  return bytes;
}
