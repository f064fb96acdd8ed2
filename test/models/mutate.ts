/** Changes to a model's records that a damaged file would hardly bring, but a hostile or faulty writer may. */
import * as F from '../../assembly/shared/format.ts';
import { type Craft, type Fields, LAYER, NET, PROJ } from './craft.ts';
import type { Random } from './random.ts';

const EDGES = [
  0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 63, 64, 65, 127, 128, 254, 255, 256, 257, 4095, 4096, 0x7fff,
  0x8000, 0xfffe, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
];

interface Table {
  fields: Fields;
  at: (record: number) => number;
  records: number;
  bytes: number;
}

function tables(c: Craft): Table[] {
  return [
    { fields: NET, at: () => c.section(F.SECTION_NET), records: 1, bytes: F.NET_BYTES },
    { fields: LAYER, at: (i) => c.layerAt(i), records: c.net(F.NET_LAYERS), bytes: F.LAYER_BYTES },
    { fields: PROJ, at: (i) => c.projectionAt(i), records: c.net(F.NET_PROJECTIONS), bytes: F.PROJ_BYTES },
  ];
}

/** A number at the edges of what a field may hold, or near the one that it has. */
function edge(r: Random, old: number): number {
  const near = [old - 16, old - 1, old + 1, old + 16, old * 2, old * 4, old >> 1];
  return r.int(0, 2) === 0 ? r.pick(EDGES) : r.pick(near);
}

const CHANGES: ((r: Random, c: Craft) => void)[] = [
  function aField(r, c) {
    const { fields, at, records } = r.pick(tables(c));
    const [field, bytes] = r.pick(fields);
    const place = at(r.int(0, records - 1)) + field;
    c.set(place, bytes, edge(r, c.get(place, bytes)));
  },
  function aFieldOfAnother(r, c) {
    const { fields, at, records } = r.pick(tables(c).slice(1));
    const [field, bytes] = r.pick(fields);
    const from = at(r.int(0, records - 1)) + field;
    c.set(at(r.int(0, records - 1)) + field, bytes, c.get(from, bytes));
  },
  function twoFieldsChangePlaces(r, c) {
    const { fields, at, records } = r.pick(tables(c).slice(1));
    const [field, bytes] = r.pick(fields);
    const places = [at(r.int(0, records - 1)) + field, at(r.int(0, records - 1)) + field] as const;
    const values = [c.get(places[0], bytes), c.get(places[1], bytes)] as const;
    c.set(places[0], bytes, values[1]).set(places[1], bytes, values[0]);
  },
  function aRecordOfAnother(r, c) {
    const { at, records, bytes } = r.pick(tables(c).slice(1));
    const from = at(r.int(0, records - 1));
    c.bytes.copyWithin(at(r.int(0, records - 1)), from, from + bytes);
  },
  function aSection(r, c) {
    const i = r.int(0, F.SECTIONS);
    c.moveSection(
      i,
      r.pick([c.section(r.int(0, F.SECTIONS)), c.section(i) - 16, c.section(i) + 16, r.pick(EDGES)]),
    );
  },
  function neurons(r, c) {
    const words = c.sectionBytes(F.SECTION_NEURONS) >> 1;
    const value = r.pick([0, 1, 2, 0x7fff, 0x8000, 0x8001, 0xffff]);
    for (let n = r.int(1, 8); n > 0; n--)
      c.set(c.section(F.SECTION_NEURONS) + r.int(0, words - 1) * 2, 2, value);
  },
  function tableWords(r, c) {
    const section = r.pick([F.SECTION_FUSION, F.SECTION_STOP]);
    const words = c.sectionBytes(section) >> 2;
    if (words > 0) c.set(c.section(section) + r.int(0, words - 1) * 4, 4, r.pick(EDGES));
  },
  /** Layers share the neurons, or projections the weights, of another, as long as they suffice. */
  function overlap(r, c) {
    const { at, records } = tables(c)[1] as Table;
    const neurons = Math.max(0, c.sectionBytes(F.SECTION_NEURONS) >> 4);
    c.set(at(r.int(0, records - 1)) + F.LAYER_NEURONS, 4, r.int(0, neurons) * 16);
    const weights = Math.max(0, c.sectionBytes(F.SECTION_WEIGHTS) >> 4);
    c.projection(r.int(0, c.net(F.NET_PROJECTIONS) - 1), F.PROJ_WEIGHTS, r.int(0, weights) * 16);
  },
];

/** One change, or a few; sections may then overlap, so that all are made on places that are in the file. */
export function mutate(r: Random, c: Craft): void {
  for (let n = r.pick([1, 1, 1, 2, 3]); n > 0; n--) {
    try {
      r.pick(CHANGES)(r, c);
    } catch (error) {
      // An earlier change has moved the place of this one out of the file.
      if (!(error instanceof RangeError)) throw error;
    }
  }
}
