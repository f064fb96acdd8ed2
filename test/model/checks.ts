/** One row per check of the validator: a model that only this check refuses, and the nearest that is accepted. */
import * as F from '../../assembly/shared/format.ts';
import { MAX_BURST, MAX_GUARD_BITS, MAX_LAYERS, MAX_SHIFT } from '../../assembly/shared/limits.ts';
import * as X from '../../assembly/shared/status.ts';
import { pack } from '../../tools/file/pack.ts';
import { weightBytes } from '../../tools/file/rows.ts';
import type { Model } from '../../tools/model.ts';
import { IMAGE, type Shape } from '../../tools/network.ts';
import { Craft } from '../models/craft.ts';
import { from, type SmallLayer, small } from '../models/small.ts';

export interface Check {
  name: string;
  status: number;
  bad: () => Uint8Array;
  /** Absent where every other value is bad too. */
  good?: () => Uint8Array;
}

type Edit = (craft: Craft) => Craft;

const same: Edit = (craft) => craft;

function row(name: string, status: number, model: () => Model, bad: Edit, good: Edit | null = same): Check {
  const make = (edit: Edit) => () => edit(new Craft(model())).done();
  return { name, status, bad: make(bad), ...(good === null ? {} : { good: make(good) }) };
}

/** The same edit with two values. */
function field(
  name: string,
  status: number,
  model: () => Model,
  edit: (craft: Craft, value: number) => Craft,
  bad: number[],
  good: number[] = [],
): Check[] {
  const rows = bad.map((value, i) => {
    const near = good[i] ?? good[0];
    return row(
      `${name} ${value}`,
      status,
      model,
      (c) => edit(c, value),
      near === undefined ? same : (c) => edit(c, near),
    );
  });
  const rest = good.slice(bad.length).map((value) =>
    row(
      `${name} not ${value}`,
      status,
      model,
      (c) => edit(c, bad[0] as number),
      (c) => edit(c, value),
    ),
  );
  return [...rows, ...rest];
}

const net =
  (at: number) =>
  (c: Craft, value: number): Craft =>
    c.net(at, value);
const layer =
  (index: number, at: number) =>
  (c: Craft, value: number): Craft =>
    c.layer(index, at, value);
const projection =
  (index: number, at: number) =>
  (c: Craft, value: number): Craft =>
    c.projection(index, at, value);

/** `layers` of one position, each on the one before it; the last is the exit. */
function chain(
  layers: number,
  more: Parameters<typeof small>[1] = {},
  special: Record<number, Partial<SmallLayer>> = {},
): Model {
  return small(
    Array.from({ length: layers }, (_, i) => ({
      shape: [16, 1, 1],
      from: [from(i === 0 ? IMAGE : i - 1)],
      ...special[i],
    })),
    more,
  );
}

/** A layer on an image as large, then its exit. */
function onImage(input: Shape, shape: Shape): Model {
  return small(
    [
      { shape, from: [from(IMAGE)] },
      { shape: [2, 1, 1], from: [from(0)] },
    ],
    { input },
  );
}

const two = (): Model => chain(2);
const four = (): Model => chain(4);
const currents = (exits: number) => (): Model =>
  chain(
    exits + 1,
    {
      exits: Array.from({ length: exits }, (_, e) => e + 1),
      readout: 'membrane',
      fusion: {
        kind: 'membrane',
        rows: Array.from({ length: 4 }, () =>
          Array.from({ length: exits }, (_, e) => ({ weights: new Array(e + 1).fill(1), gain: 1 })),
        ),
      },
    },
    Object.fromEntries(Array.from({ length: exits }, (_, e) => [e + 1, { from: [from(0)] }])),
  );
const counts = (exits: number) => (): Model =>
  chain(exits + 1, {
    exits: Array.from({ length: exits }, (_, e) => e + 1),
    fusion: { kind: 'beta', rows: Array.from({ length: 4 }, () => new Array(exits - 1).fill(16)) },
    stop: Array.from({ length: 4 }, () => new Array(exits).fill(0)),
  });

/** A file that is only a header, with every section empty. */
function headerAlone(bytes: number): Uint8Array {
  const file = new Uint8Array(F.HEADER_BYTES);
  const view = new DataView(file.buffer);
  view.setUint32(0, F.MAGIC, true);
  view.setUint32(F.HEADER_VERSION, F.VERSION, true);
  for (let i = 0; i <= F.SECTIONS; i++)
    view.setUint32(F.HEADER_OFFSETS + i * 4, i === F.SECTIONS ? bytes : F.HEADER_BYTES, true);
  return new Craft(file).done().slice(0, bytes);
}

function withBytes(bytes: Uint8Array, more: number): Uint8Array {
  const longer = new Uint8Array(bytes.length + more);
  longer.set(bytes.subarray(0, longer.length));
  return longer;
}

/** A file of another size, as its header says too. */
function ended(size: (c: Craft) => number): Uint8Array {
  const model = new Craft(two());
  return new Craft(withBytes(model.bytes, size(model) - model.bytes.length))
    .set(F.HEADER_FILE_BYTES, 4, size(model))
    .done();
}

export const HEADER: Check[] = [
  { name: '47 bytes', status: X.STATUS_TRUNCATED, bad: () => headerAlone(47) },
  { name: 'no byte', status: X.STATUS_TRUNCATED, bad: () => new Uint8Array(0) },
  // Nothing after the header is read of a file that ends there.
  { name: 'a header alone', status: X.STATUS_NET, bad: () => headerAlone(48) },
  ...field('magic', X.STATUS_MAGIC, two, (c, v) => c.set(0, 4, v), [0, F.MAGIC ^ (1 << 31), F.MAGIC ^ 1]),
  ...field(
    'version',
    X.STATUS_VERSION,
    two,
    (c, v) => c.set(F.HEADER_VERSION, 4, v),
    [0, 3, 5, 6, 4 | (1 << 16)],
    [4],
  ),
  {
    name: 'a byte too few',
    status: X.STATUS_TRUNCATED,
    bad: () => withBytes(pack(two()), -1),
    good: () => pack(two()),
  },
  { name: 'a byte too many', status: X.STATUS_SIZE, bad: () => withBytes(pack(two()), 1) },
  row('a size beyond all memory', X.STATUS_TRUNCATED, two, (c) => c.set(F.HEADER_FILE_BYTES, 4, 0xffffffff)),
  row('a size of 0', X.STATUS_SIZE, two, (c) => c.set(F.HEADER_FILE_BYTES, 4, 0)),
];

export const SECTIONS: Check[] = [
  row('sections from inside the header', X.STATUS_SECTION, two, (c) => c.moveSection(0, 32)),
  ...Array.from({ length: F.SECTIONS - 1 }, (_, i) =>
    row(`section ${i + 1} before section ${i}`, X.STATUS_SECTION, two, (c) =>
      c.moveSection(i + 1, c.section(i) - 16),
    ),
  ),
  row(
    'two sections that change places',
    X.STATUS_SECTION,
    () => ({ ...two(), stop: [[0], [0], [0], [0]] }),
    (c) => {
      const [stop, meta] = [c.section(F.SECTION_STOP), c.section(F.SECTION_META)];
      return c.moveSection(F.SECTION_STOP, meta).moveSection(F.SECTION_META, stop);
    },
  ),
  ...[1, 2, 4, 8].map((off) =>
    row(
      `a section ${off} bytes beside`,
      X.STATUS_SECTION,
      two,
      (c) => c.moveSection(F.SECTION_META, c.section(F.SECTION_META) + off),
      (c) => c.moveSection(F.SECTION_META, c.section(F.SECTION_META) + 16),
    ),
  ),
  row(
    'an empty section of names',
    X.STATUS_SECTION,
    two,
    (c) => c.moveSection(F.SECTION_META, 16),
    (c) => c.moveSection(F.SECTION_META, c.section(F.SECTION_WEIGHTS)),
  ),
  row('weights from behind the file', X.STATUS_SECTION, two, (c) =>
    c.moveSection(F.SECTION_WEIGHTS, c.bytes.length + 16),
  ),
  // Only sections begin at multiples of 16: a file may end anywhere.
  {
    name: 'a file that ends before its weights begin',
    status: X.STATUS_SECTION,
    bad: () => ended((c) => c.section(F.SECTION_WEIGHTS) - 1),
    good: () => ended((c) => c.bytes.length + 5),
  },
  // The section is in order, and what it should hold is missing.
  row('weights from the end of the file', X.STATUS_PROJECTION, two, (c) =>
    c.moveSection(F.SECTION_WEIGHTS, c.bytes.length),
  ),
  row('all sections empty', X.STATUS_NET, two, (c) => {
    for (let i = 0; i < F.SECTIONS; i++) c.moveSection(i, F.HEADER_BYTES);
    return c;
  }),
  row('all sections at the end', X.STATUS_NET, two, (c) => {
    for (let i = 0; i < F.SECTIONS; i++) c.moveSection(i, c.bytes.length);
    return c;
  }),
];

export const NET: Check[] = [
  row('an empty section', X.STATUS_NET, two, (c) =>
    c.moveSection(F.SECTION_LAYERS, c.section(F.SECTION_NET)),
  ),
  row('a section of 16 bytes', X.STATUS_NET, two, (c) =>
    c.moveSection(F.SECTION_LAYERS, c.section(F.SECTION_NET) + 16),
  ),
  // 22 + 10 bytes are whole, and the weights suffice for one channel more.
  row(
    '11 padding pixels in room for 10',
    X.STATUS_NET,
    () => onImage([10, 1, 1], [16, 1, 1]),
    (c) => c.net(F.NET_CHANNELS, 11),
  ),
  row('no channels', X.STATUS_NET, two, (c) => c.net(F.NET_CHANNELS, 0)),
  row('no width', X.STATUS_NET, two, (c) => c.net(F.NET_WIDTH, 0)),
  row(
    'rows of 65536 pixels',
    X.STATUS_NET,
    () => onImage([2, 1, 1], [16, 1, 1]),
    (c) => c.net(F.NET_WIDTH, 32768),
    (c) => c.net(F.NET_WIDTH, 32767),
  ),
  row(
    'rows of 65540 pixels',
    X.STATUS_NET,
    () => onImage([5, 1, 1], [16, 1, 1]),
    (c) => c.net(F.NET_WIDTH, 13108),
    (c) => c.net(F.NET_WIDTH, 13107),
  ),
  ...field('height', X.STATUS_NET, two, net(F.NET_HEIGHT), [0], [1, 65535]),
  ...field('timing', X.STATUS_NET, two, net(F.NET_TIMING), [2, 255], [1]),
  ...field('readout', X.STATUS_NET, currents(1), net(F.NET_READOUT), [2, 255], [1]),
  ...field('steps', X.STATUS_NET, two, net(F.NET_STEPS), [0], [1]),
  row(
    'classes 0',
    X.STATUS_NET,
    () => chain(2, {}, { 1: { shape: [1, 1, 1] } }),
    (c) => c.net(F.NET_CLASSES, 0),
  ),
  row('no exits', X.STATUS_NET, two, (c) => c.net(F.NET_EXITS, 0)),
  row('five exits', X.STATUS_NET, counts(5), same, null),
  row('five exits, of which four are said', X.STATUS_NET, counts(4), (c) => c.net(F.NET_EXITS, 5)),
  row('no layers', X.STATUS_NET, two, (c) => c.net(F.NET_LAYERS, 0)),
  {
    name: `${MAX_LAYERS + 1} layers`,
    status: X.STATUS_NET,
    bad: () => pack(chain(MAX_LAYERS + 1)),
    good: () => pack(chain(MAX_LAYERS)),
  },
  // Two records take 48 bytes, four projections 80: whole sections.
  row('a layer more than there are', X.STATUS_NET, two, (c) => c.net(F.NET_LAYERS, 3)),
  row(
    'a layer more than 24',
    X.STATUS_NET,
    () => chain(24),
    (c) => c.net(F.NET_LAYERS, 25),
  ),
  row('a projection more than there are', X.STATUS_NET, four, (c) => c.net(F.NET_PROJECTIONS, 5)),
  row(
    'a projection more than 20',
    X.STATUS_NET,
    () => chain(20),
    (c) => c.net(F.NET_PROJECTIONS, 21),
  ),
  row('no rows in the fusion table', X.STATUS_NET, two, (c) => c.net(F.NET_FUSE_ROWS, 0)),
  ...[2, 3, 4].map((exits) =>
    row(`α of ${exits} exits, a row too few`, X.STATUS_NET, counts(exits), (c) => c.net(F.NET_FUSE_ROWS, 5)),
  ),
  ...[1, 2, 3, 4].map((exits) =>
    row(`weights of ${exits} exits, a row too few`, X.STATUS_NET, currents(exits), (c) =>
      c.net(F.NET_FUSE_ROWS, 5),
    ),
  ),
  ...[1, 2, 3, 4].map((exits) =>
    row(`margins of ${exits} exits, a row too few`, X.STATUS_NET, counts(exits), (c) =>
      c.net(F.NET_STOP_ROWS, 5),
    ),
  ),
];

/** A guard on the second of four layers before the first exit; others can be moved to another layer. */
function guarded(): Model {
  return chain(6, { exits: [4, 5] }, { 1: { guard: { low: 1, high: 2 } } });
}
const guardOn =
  (...layers: number[]): Edit =>
  (c) =>
    layers.reduce((craft, i) => craft.layer(i, F.LAYER_GUARD, 1), c.layer(1, F.LAYER_GUARD, 0));
const bound =
  (field: number) =>
  (c: Craft, value: number): Craft =>
    c.set(c.section(F.SECTION_STOP) + field, 4, value);
const TOO_MUCH = 2 ** MAX_GUARD_BITS;

const GUARDS: Check[] = [
  ...field('guard', X.STATUS_LAYER, guarded, layer(1, F.LAYER_GUARD), [2, 255], [1]),
  ...field(
    'guard, low',
    X.STATUS_LAYER,
    guarded,
    bound(F.GUARD_LOW),
    [TOO_MUCH, 2 ** 32 - 1],
    [TOO_MUCH - 1, 0],
  ),
  ...field(
    'guard, high',
    X.STATUS_LAYER,
    guarded,
    bound(F.GUARD_HIGH),
    [TOO_MUCH, 2 ** 32 - 1],
    [TOO_MUCH - 1, 0],
  ),
  row('guards in a file of version 4', X.STATUS_VERSION, guarded, (c) =>
    c.set(F.HEADER_VERSION, 4, F.VERSION_UNGUARDED),
  ),
  row('guard of the layer on the image', X.STATUS_LAYER, guarded, guardOn(0), guardOn(2)),
  row('guard of an exit', X.STATUS_LAYER, guarded, guardOn(4), guardOn(3)),
  row(
    'guard behind an exit',
    X.STATUS_LAYER,
    () => chain(6, { exits: [2, 5] }, { 1: { guard: { low: 1, high: 2 } } }),
    guardOn(3),
  ),
  row('more guards than the section has', X.STATUS_LAYER, guarded, guardOn(1, 2, 3), guardOn(1, 2)),
  row('guard where layers are late', X.STATUS_LAYER, guarded, (c) => c.net(F.NET_TIMING, F.TIMING_PIPELINED)),
  row(
    'guard behind margins',
    X.STATUS_LAYER,
    () => ({
      ...guarded(),
      stop: [
        [0, 0],
        [0, 0],
      ],
    }),
    (c) => c.net(F.NET_STOP_ROWS, 4),
    (c) => c.net(F.NET_STOP_ROWS, 3),
  ),
];

/** Five layers of 16 channels with two exits; `special` is the one in the middle, on the first layer. */
function five(special: Partial<SmallLayer> = {}, more: Parameters<typeof small>[1] = {}): Model {
  return chain(5, { exits: [1, 4], ...more }, { 2: { from: [from(0)], ...special }, 3: { from: [from(2)] } });
}

const negative = (bits: 16 | 32): Partial<SmallLayer> => ({
  membraneBits: bits,
  negative: new Int32Array(16).fill(bits === 32 ? 0x10001 : 1),
});

/** Neurons of the middle layer up to the end of their section, and 16 bytes further. */
function arrays(name: string, special: Partial<SmallLayer>, bytes: number): Check {
  const put =
    (more: number): Edit =>
    (c) =>
      c.layer(2, F.LAYER_NEURONS, c.sectionBytes(F.SECTION_NEURONS) - bytes + more);
  return row(`neurons beyond their section, ${name}`, X.STATUS_LAYER, () => five(special), put(16), put(0));
}

/** An exit of one position where two are in reach. */
const inReach = (): Model =>
  small(
    [
      { shape: [16, 2, 2], from: [from(IMAGE)] },
      { shape: [16, 1, 1], from: [from(0)] },
    ],
    { input: [1, 2, 2] },
  );

function theta(name: string, special: Partial<SmallLayer>, channel: number, array: 0 | 2): Check[] {
  const bits = special.membraneBits ?? 16;
  const bytes = bits === 32 ? 4 : 2;
  const set = (c: Craft, array: number, value: number): Craft =>
    c.set(
      c.section(F.SECTION_NEURONS) + c.layer(2, F.LAYER_NEURONS) + (array * 16 + channel) * bytes,
      bytes,
      value,
    );
  const most = bits === 32 ? 0x7fffffff : 0x7fff;
  const model = (): Model => five(special);
  const near = [1, most, bits === 32 ? 0x10000 : 256];
  return [0, -1, -most - 1].map((value, i) =>
    row(
      `${name} of channel ${channel} ${value}`,
      X.STATUS_LAYER,
      model,
      (c) => set(c, array, value),
      // What stands beside thresholds may be anything.
      (c) =>
        set(set(set(c, 1, value), special.negative === undefined ? 2 : 3, value), array, near[i] as number),
    ),
  );
}

export const LAYERS: Check[] = [
  row('the first from projection 1 on', X.STATUS_LAYER, two, (c) => c.layer(0, F.LAYER_FIRST_PROJECTION, 1)),
  row('two with one projection', X.STATUS_LAYER, two, (c) => c.layer(1, F.LAYER_FIRST_PROJECTION, 0)),
  row(
    'two that share a projection, the earlier with four times the channels',
    X.STATUS_LAYER,
    () => chain(3, {}, { 1: { shape: [64, 1, 1] }, 2: { from: [from(0)] } }),
    (c) => c.layer(2, F.LAYER_FIRST_PROJECTION, 1),
  ),
  row(
    'a projection left out',
    X.STATUS_LAYER,
    () => chain(3, {}, { 1: { from: [from(0), from(0)] } }),
    (c) => c.layer(1, F.LAYER_PROJECTIONS, 1),
  ),
  row('more projections than the network', X.STATUS_LAYER, two, (c) => c.net(F.NET_PROJECTIONS, 1)),
  row('projections without end', X.STATUS_LAYER, four, (c) => c.layer(1, F.LAYER_PROJECTIONS, 65535)),
  row('no channels', X.STATUS_LAYER, five, (c) => c.layer(2, F.LAYER_CHANNELS, 0)),
  row('no width', X.STATUS_LAYER, five, (c) => c.layer(2, F.LAYER_WIDTH, 0)),
  row(
    'rows of 65536 neurons',
    X.STATUS_LAYER,
    () => onImage([1, 1, 65535], [2, 1, 32767]),
    (c) => c.layer(0, F.LAYER_WIDTH, 32768),
  ),
  row(
    'rows of 65540 neurons',
    X.STATUS_LAYER,
    () => onImage([1, 1, 65535], [5, 1, 13107]),
    (c) => c.layer(0, F.LAYER_WIDTH, 13108),
  ),
  ...field('height', X.STATUS_LAYER, () => five(), layer(2, F.LAYER_HEIGHT), [0], [1]),
  // With as many exits as this one counts for.
  row(
    'exit 2',
    X.STATUS_LAYER,
    () => chain(3, { exits: [1, 2] }),
    (c) => c.layer(1, F.LAYER_EXIT, 0).layer(2, F.LAYER_EXIT, 2),
  ),
  ...field('signed', X.STATUS_LAYER, () => five(negative(16)), layer(2, F.LAYER_SIGNED), [2, 255], [1, 0]),
  ...field(
    'is32',
    X.STATUS_LAYER,
    () => five({ membraneBits: 32 }),
    layer(2, F.LAYER_IS32),
    [2, 255],
    [1, 0],
  ),
  ...field(
    'burst',
    X.STATUS_LAYER,
    () => five(),
    layer(2, F.LAYER_BURST),
    [0, MAX_BURST + 1],
    [1, MAX_BURST],
  ),
  ...field('shift', X.STATUS_LAYER, () => five(), layer(0, F.LAYER_SHIFT), [MAX_SHIFT + 1], [MAX_SHIFT]),
  ...field('floor', X.STATUS_LAYER, () => five(), layer(2, F.LAYER_FLOOR), [1, -32769], [0, -32768]),
  ...field(
    'floor in 32 bits',
    X.STATUS_LAYER,
    () => five({ membraneBits: 32 }),
    layer(2, F.LAYER_FLOOR),
    [1],
    [0, -32769, -0x80000000],
  ),
  row(
    'no projections',
    X.STATUS_LAYER,
    () => chain(4, {}, { 2: { from: [from(0)] } }),
    (c) =>
      c
        .layer(1, F.LAYER_PROJECTIONS, 0)
        .layer(2, F.LAYER_FIRST_PROJECTION, 1)
        .layer(2, F.LAYER_PROJECTIONS, 2),
  ),
  ...[1, 2, 4, 8].map((off) =>
    row(
      `neurons ${off} bytes beside`,
      X.STATUS_LAYER,
      () => five({ membraneBits: off < 4 ? 32 : 16 }),
      (c) => c.layer(2, F.LAYER_NEURONS, c.layer(2, F.LAYER_NEURONS) + off),
      (c) => c.layer(2, F.LAYER_NEURONS, c.layer(2, F.LAYER_NEURONS) + 16),
    ),
  ),
  arrays('16 bits', {}, 3 * 32),
  arrays('32 bits', { membraneBits: 32 }, 3 * 64),
  arrays('signed', negative(16), 4 * 32),
  arrays('signed, 32 bits', negative(32), 4 * 64),
  arrays('on the image', { from: [from(IMAGE)] }, 2 * 32 + 64),
  arrays('on the image, signed', { from: [from(IMAGE)], ...negative(16) }, 3 * 32 + 64),
  arrays('17 channels', { shape: [17, 1, 1] }, 3 * 64),
  // 2^32 − 16: the record before the neurons would be thresholds, and every word of it is positive.
  row(
    'neurons beyond 32 bits',
    X.STATUS_LAYER,
    () => chain(4, {}, { 1: { membraneBits: 32 } }),
    (c) => c.layer(1, F.LAYER_NEURONS, 0xfffffff0),
    (c) => c.layer(1, F.LAYER_NEURONS, 0),
  ),
  ...field('classes', X.STATUS_LAYER, two, net(F.NET_CLASSES), [15, 17], [16]),
  ...field('height of an exit', X.STATUS_LAYER, inReach, layer(1, F.LAYER_HEIGHT), [2], [1]),
  ...field('width of an exit', X.STATUS_LAYER, inReach, layer(1, F.LAYER_WIDTH), [2], [1]),
  row('an exit with negative spikes', X.STATUS_LAYER, two, (c) =>
    c.layer(1, F.LAYER_NEURONS, 0).layer(1, F.LAYER_SIGNED, 1),
  ),
  row('membranes of 16 bits as evidence', X.STATUS_LAYER, currents(2), (c) => c.layer(1, F.LAYER_IS32, 0)),
  ...field('steps of an exit', X.STATUS_LAYER, two, net(F.NET_STEPS), [4096, 65535], [4095]),
  row(
    'burst × steps of an exit, 4096',
    X.STATUS_LAYER,
    two,
    (c) => c.layer(1, F.LAYER_BURST, 64).net(F.NET_STEPS, 64),
    (c) => c.layer(1, F.LAYER_BURST, 63).net(F.NET_STEPS, 65),
  ),
  ...field(
    'burst of the first of two exits',
    X.STATUS_LAYER,
    () => five(),
    layer(1, F.LAYER_BURST),
    [2],
    [1],
  ),
  ...field('burst of the last of two exits', X.STATUS_LAYER, () => five(), layer(4, F.LAYER_BURST), [2], [1]),
  ...[0, 7, 15].flatMap((c) => [
    ...theta('threshold', {}, c, 0),
    ...theta('threshold in 32 bits', { membraneBits: 32 }, c, 0),
    ...theta('negative threshold', negative(16), c, 2),
    ...theta('negative threshold in 32 bits', negative(32), c, 2),
  ]),
  row(
    'the last no exit',
    X.STATUS_LAYER,
    () => chain(3, { exits: [1, 2] }),
    (c) => c.layer(2, F.LAYER_EXIT, 0).net(F.NET_EXITS, 1),
  ),
  row(
    'fewer exits than said',
    X.STATUS_LAYER,
    () => chain(3, { exits: [1, 2] }),
    (c) => c.layer(1, F.LAYER_EXIT, 0),
  ),
  row(
    'more exits than said',
    X.STATUS_LAYER,
    () => chain(3, { exits: [1, 2] }),
    (c) => c.net(F.NET_EXITS, 1),
  ),
];

/** Windows of 3x2 from 4x3 positions to 2x2. */
const window = (): Model =>
  small(
    [
      { shape: [16, 4, 3], from: [from(IMAGE)] },
      { shape: [16, 2, 2], from: [from(0, { kernel: [3, 2], padding: [2, 1] })] },
      { shape: [16, 1, 1], from: [from(1, { kernel: [2, 2] })] },
    ],
    { input: [1, 4, 3] },
  );

/** Weights of the middle layer up to the end of their section, and 16 bytes further. */
function rows(name: string, shape: Shape, more: Parameters<typeof from>[1]): Check {
  const model = (): Model => chain(3, {}, { 1: { shape, from: [from(0, { kernel: [2, 3], ...more })] } });
  const put =
    (beyond: number): Edit =>
    (c) => {
      const bytes = weightBytes(model().layers[1]?.projections[0] as never, shape[0]);
      return c.projection(1, F.PROJ_WEIGHTS, c.sectionBytes(F.SECTION_WEIGHTS) - bytes + beyond);
    };
  return row(`weights beyond their section, ${name}`, X.STATUS_PROJECTION, model, put(16), put(0));
}

const mixed = (inputs: number, outputs: number) => (): Model =>
  chain(3, {}, { 0: { shape: [inputs, 1, 1] }, 1: { shape: [outputs, 1, 1] } });

/** Two layers on the image, then one on both. */
const joined = (): Model =>
  chain(4, { input: [2, 1, 1] }, { 1: { from: [from(IMAGE)] }, 2: { from: [from(0), from(1)] } });

/** A max pool between two layers; `out` channels of its own, `more` projections beside it. */
const maxPool =
  (out = 4, more: SmallLayer['from'] = [], membraneBits: 16 | 32 = 16) =>
  (): Model =>
    small(
      [
        { shape: [4, 2, 2], from: [from(IMAGE)] },
        {
          shape: [out, 1, 1],
          membraneBits,
          from: [from(0, { kind: 'max', groups: 4, kernel: [2, 2], stride: [2, 2] }), ...more],
        },
        { shape: [64, 1, 1], from: [from(1)] },
        { shape: [2, 1, 1], from: [from(2)] },
      ],
      { input: [1, 2, 2] },
    );

/** A max pool over the classes of an exit. */
const overExit = (): Model =>
  small(
    [
      { shape: [2, 1, 1], from: [from(IMAGE)] },
      { shape: [2, 1, 1], from: [from(0)] },
      { shape: [2, 1, 1], from: [from(1, { kind: 'max', groups: 2 })] },
      { shape: [2, 1, 1], from: [from(2)] },
    ],
    { exits: [1, 3] },
  );

const asConvolution: Edit = (c) =>
  c.projection(1, F.PROJ_KIND, F.KIND_CONV).projection(1, F.PROJ_KERNEL_H, 1);

export const PROJECTIONS: Check[] = [
  row('a max pool with channels of its own', X.STATUS_PROJECTION, maxPool(8), same, asConvolution),
  ...field('groups of a max pool', X.STATUS_PROJECTION, maxPool(), projection(1, F.PROJ_GROUPS), [1, 2], [4]),
  row(
    'a max pool beside another projection',
    X.STATUS_PROJECTION,
    maxPool(4, [from(0)]),
    same,
    asConvolution,
  ),
  row('a max pool of 32 bits', X.STATUS_PROJECTION, maxPool(4, [], 32), same, (c) =>
    c.layer(1, F.LAYER_IS32, 0),
  ),
  ...field(
    'negative spikes under a max pool',
    X.STATUS_PROJECTION,
    maxPool(),
    layer(0, F.LAYER_SIGNED),
    [1],
    [0],
  ),
  row('a max pool over an exit', X.STATUS_PROJECTION, overExit, same, (c) =>
    c.projection(2, F.PROJ_SOURCE, 0),
  ),
  ...field('source', X.STATUS_PROJECTION, four, projection(2, F.PROJ_SOURCE), [2, 3, 4, 0xfffe], [1, 0]),
  row(
    'from an exit that never fires',
    X.STATUS_PROJECTION,
    () => chain(4, { exits: [1, 3], readout: 'membrane' }, { 2: { from: [from(0)] } }),
    (c) => c.projection(2, F.PROJ_SOURCE, 1),
  ),
  row(
    'from no exit that fires',
    X.STATUS_PROJECTION,
    () => five(),
    (c) => c.projection(2, F.PROJ_SOURCE, 2),
    (c) => c.projection(2, F.PROJ_SOURCE, 1),
  ),
  row('the image beside a layer', X.STATUS_PROJECTION, joined, (c) =>
    c.projection(2, F.PROJ_SOURCE, F.SOURCE_IMAGE),
  ),
  row('a layer beside the image', X.STATUS_PROJECTION, joined, (c) =>
    c.projection(3, F.PROJ_SOURCE, F.SOURCE_IMAGE),
  ),
  ...field('kind from the image', X.STATUS_PROJECTION, two, projection(0, F.PROJ_KIND), [1, 2], [0]),
  ...field('groups from the image', X.STATUS_PROJECTION, joined, projection(0, F.PROJ_GROUPS), [2], [1]),
  ...field('bits from the image', X.STATUS_PROJECTION, two, projection(0, F.PROJ_BITS), [2, 7], [8]),
  ...field('kind', X.STATUS_PROJECTION, four, projection(1, F.PROJ_KIND), [2, 255], [1, 0]),
  ...field('bits', X.STATUS_PROJECTION, four, projection(1, F.PROJ_BITS), [0, 1, 9, 255], [2, 2, 8, 8]),
  ...field('groups', X.STATUS_PROJECTION, four, projection(1, F.PROJ_GROUPS), [0], [1, 2, 16]),
  ...field('groups of 4 inputs', X.STATUS_PROJECTION, mixed(4, 3), projection(1, F.PROJ_GROUPS), [3], [1]),
  ...field('groups of 4 outputs', X.STATUS_PROJECTION, mixed(3, 4), projection(1, F.PROJ_GROUPS), [3], [1]),
  ...field('groups of both', X.STATUS_PROJECTION, mixed(6, 4), projection(1, F.PROJ_GROUPS), [3, 4], [2]),
  ...field('stride down', X.STATUS_PROJECTION, window, projection(1, F.PROJ_STRIDE_Y), [0, 6], [1, 5]),
  ...field('stride across', X.STATUS_PROJECTION, window, projection(1, F.PROJ_STRIDE_X), [0, 4], [1, 3]),
  ...field('padding above', X.STATUS_PROJECTION, window, projection(1, F.PROJ_PAD_TOP), [3, 255], [2, 0]),
  ...field(
    'padding at the left',
    X.STATUS_PROJECTION,
    window,
    projection(1, F.PROJ_PAD_LEFT),
    [2, 255],
    [1, 0],
  ),
  ...field('kernel height', X.STATUS_PROJECTION, two, projection(1, F.PROJ_KERNEL_H), [0], [1]),
  ...field('kernel width', X.STATUS_PROJECTION, two, projection(1, F.PROJ_KERNEL_W), [0], [1]),
  ...[1, 2, 4, 8].map((off) =>
    row(
      `weights ${off} bytes beside`,
      X.STATUS_PROJECTION,
      four,
      (c) => c.projection(1, F.PROJ_WEIGHTS, c.projection(1, F.PROJ_WEIGHTS) + off),
      (c) => c.projection(1, F.PROJ_WEIGHTS, c.projection(1, F.PROJ_WEIGHTS) + 16),
    ),
  ),
  rows('8 bits', [16, 1, 1], {}),
  rows('pooled', [16, 1, 1], { kind: 'pooled' }),
  rows('depthwise', [16, 1, 1], { groups: 16 }),
  rows('two groups of 3 bits', [16, 1, 1], { groups: 2, bits: 3 }),
  rows('4 bits', [16, 1, 1], { bits: 4 }),
  rows('5 channels', [5, 1, 1], {}),
  // 2^24 taps of 2^8 bytes are 2^32.
  row('weights of 4 GiB', X.STATUS_PROJECTION, four, (c) =>
    c.projection(1, F.PROJ_KERNEL_H, 4096).projection(1, F.PROJ_KERNEL_W, 4096),
  ),
  row('weights beyond 32 bits', X.STATUS_PROJECTION, four, (c) =>
    c.projection(1, F.PROJ_WEIGHTS, 0xfffffff0),
  ),
];

export const CHECKS: [group: string, checks: Check[]][] = [
  ['header', HEADER],
  ['sections', SECTIONS],
  ['network', NET],
  ['layers', LAYERS],
  ['guards', GUARDS],
  ['projections', PROJECTIONS],
];

/** What the engine takes, of every kind. */
export const ACCEPTED: (() => Uint8Array)[] = CHECKS.flatMap(([, checks]) =>
  checks.flatMap(({ good }) => (good === undefined ? [] : [good])),
);
