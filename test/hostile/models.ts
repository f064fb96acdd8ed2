/** Models whose projections share their weights: small in the file alone. */
import * as F from '../../assembly/shared/format.ts';
import type { Model } from '../../tools/model.ts';
import { IMAGE } from '../../tools/network.ts';
import { Craft } from '../models/craft.ts';
import { from, small } from '../models/small.ts';

export const chain = (wide: number): Model =>
  small([
    { shape: [16, 1, 1], from: [from(IMAGE)] },
    { shape: [wide, 1, 1], from: [from(0)] },
    { shape: [3, 1, 1], from: [from(1)] },
  ]);

/** `layer`'s one projection, `times` times: all read the same weights. */
export function repeated(model: Model, layer: number, times: number): Uint8Array {
  const c = new Craft(model);
  const [first, last] = [c.projectionAt(layer), c.section(F.SECTION_NEURONS)];
  const record = c.bytes.subarray(first, first + F.PROJ_BYTES);
  const more = Math.ceil(((times - 1) * F.PROJ_BYTES) / 16) * 16;
  const bytes = new Uint8Array(c.bytes.length + more);
  bytes.set(c.bytes.subarray(0, first));
  for (let i = 0; i < times; i++) bytes.set(record, first + i * F.PROJ_BYTES);
  bytes.set(c.bytes.subarray(first + F.PROJ_BYTES, last), first + times * F.PROJ_BYTES);
  bytes.set(c.bytes.subarray(last), last + more);
  const d = new Craft(bytes);
  for (let s = F.SECTION_NEURONS; s <= F.SECTIONS; s++) d.moveSection(s, d.section(s) + more);
  d.set(F.HEADER_FILE_BYTES, 4, bytes.length);
  d.net(F.NET_PROJECTIONS, c.net(F.NET_PROJECTIONS) + times - 1);
  d.layer(layer, F.LAYER_PROJECTIONS, times);
  for (let l = layer + 1; l < model.layers.length; l++)
    d.layer(l, F.LAYER_FIRST_PROJECTION, c.layer(l, F.LAYER_FIRST_PROJECTION) + times - 1);
  return d.done();
}
