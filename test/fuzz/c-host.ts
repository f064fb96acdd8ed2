/** host/c with models that nobody vouches for, its functions called in any order; its answers are those of Node. */
import { ModelError } from '../../host/messages.ts';
import { Network } from '../../host/network.ts';
import { BUILDS, measure, start } from '../drivers/engine.ts';
import { cost, imageOf } from '../drivers/guarded.ts';
import { Craft } from '../models/craft.ts';
import { type Built, build } from './built.ts';
import { makeModel } from './models.ts';
import type { Target } from './target.ts';

const [{ module }] = BUILDS as [(typeof BUILDS)[0]];
/** With sanitizers a call takes longer. */
const MOST = 2e5;
/** Of host.c. */
const ROOM = 2 << 20;
const engine = start(module);
let built: Built | undefined;

export const cHost: Target = {
  name: 'c-host',
  make(r) {
    const model = makeModel(r);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(model.length);
    return new Uint8Array(Buffer.concat([length, model, r.bytes(r.int(0, 30))]));
  },
  async run(input) {
    built ??= build(['test/fuzz/c/host.c']);
    const bytes = Buffer.from(input).readUInt32LE(0);
    const model = input.slice(4, 4 + bytes);
    const size = measure(engine, model);
    const craft = new Craft(model);
    if (size > 0 && (cost(craft) > MOST || size + imageOf(craft) + bytes > ROOM / 2))
      return 'accepted, too large to run';
    const [error, ...answer] = built.run(input).toString().trim().split(' ').map(Number);
    let want: { error: number; answer: number[] };
    try {
      const net = await Network.create(module, model);
      const pixels = Uint8Array.from({ length: imageOf(craft) }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
      const { class: label, confidence, exit, steps } = net.classify(pixels);
      want = { error: 0, answer: [label, confidence * 65536, net.decide(exit).margin, exit, steps] };
    } catch (e) {
      if (!(e instanceof ModelError)) throw e;
      want = { error: e.status, answer: [] };
    }
    if (error !== want.error || answer.join() !== want.answer.join())
      throw new Error(`C says ${error} ${answer}, Node ${want.error} ${want.answer}`);
    return error === 0 ? 'accepted' : `status ${error}`;
  },
  close: () => built?.close(),
};
