/** Models with records changed under a CRC that is right: validator and both engines, then the reference. */
import { isDeepStrictEqual } from 'node:util';
import { STATUS_OK } from '../../assembly/shared/status.ts';
import { Network } from '../../host/network.ts';
import { pack } from '../../tools/file/pack.ts';
import { unpack } from '../../tools/file/unpack.ts';
import { Failure } from '../../tools/terminal/failure.ts';
import { difference } from '../conformance/agree.ts';
import { judge } from '../conformance/judge.ts';
import { BUILDS, measure, start } from '../drivers/engine.ts';
import { imageOf } from '../drivers/guarded.ts';
import { ACCEPTED } from '../model/checks.ts';
import { Craft, withCrc } from '../models/craft.ts';
import { mutate } from '../models/mutate.ts';
import { type Random, randomModel } from '../models/random.ts';
import { damaged } from './bytes.ts';
import type { Target } from './target.ts';

const LEAST_BYTES = 48;
const engine = start((BUILDS[0] as (typeof BUILDS)[0]).module);

/** A model of any kind, most of them changed, most of those under a CRC that is right. */
export function makeModel(r: Random): Uint8Array {
  const model = r.int(0, 3) === 0 ? r.pick(ACCEPTED)() : pack(randomModel(r.int(1, 1 << 20)));
  if (r.int(0, 5) === 0) return damaged(r, model);
  const craft = new Craft(model);
  mutate(r, craft);
  const { bytes } = craft;
  return bytes.length < LEAST_BYTES || r.int(0, 15) === 0 ? bytes : withCrc(bytes);
}

export const models: Target = {
  name: 'models',
  make: makeModel,
  async run(input, r) {
    // Between guards, in three fillings of the memory, by both builds.
    const verdict = judge(input, r);
    if (verdict === 'refused') return `status ${-measure(engine, input)}`;
    if (verdict === 'too large') return 'accepted, too large to run';
    if (measure(engine, input) <= STATUS_OK) throw new Error('measured again, it is refused');
    let model: ReturnType<typeof unpack>;
    try {
      model = unpack(input, 'fuzz.snn');
    } catch (error) {
      if (!(error instanceof Failure) || !/shared/.test(error.message)) throw error;
      return 'accepted, shares too many weights for the tools';
    }
    // Records that share neurons or weights get their own, and no more is lost.
    if (!isDeepStrictEqual(unpack(pack(model), 'again.snn'), model))
      throw new Error('packed again, it is another');
    const image = r.bytes(imageOf(new Craft(input)));
    for (const { name, module } of BUILDS) {
      const where = difference(await Network.create(module, input), model, image);
      if (where !== undefined) throw new Error(`${name}: ${where}`);
    }
    return 'accepted';
  },
};
