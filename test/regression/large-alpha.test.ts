/** Fusion tables with their highest bit set: α and temperatures are u32, for the engine and for the tools alike. */
import { describe, expect, test } from 'vitest';
import * as F from '../../assembly/shared/format.ts';
import { Network } from '../../host/network.ts';
import { pack } from '../../tools/file/pack.ts';
import { unpack } from '../../tools/file/unpack.ts';
import { difference } from '../conformance/agree.ts';
import { BUILDS } from '../drivers/engine.ts';
import { Craft } from '../models/craft.ts';
import { Random, randomModel } from '../models/random.ts';

const WORDS = [0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff];
const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);

describe.each(BUILDS)('$name', ({ module }) => {
  test.each(WORDS)('%i in every place of the table', async (word) => {
    let seen = 0;
    for (const seed of SEEDS) {
      const craft = new Craft(randomModel(seed));
      // Padding behind the table may be set too: nobody reads it.
      for (let at = craft.section(F.SECTION_FUSION); at < craft.section(F.SECTION_FUSION + 1); at += 4)
        craft.set(at, 4, word);
      const bytes = craft.done();
      const model = unpack(bytes, 'large.snn');
      if (model.exits.length === 1 && model.fusion.kind === 'beta') continue;
      seen++;
      const pixels = new Random(seed).bytes(model.input.reduce((a, b) => a * b));
      expect(difference(await Network.create(module, bytes), model, pixels), `seed ${seed}`).toBeUndefined();
      expect(unpack(pack(model), 'again.snn')).toEqual(model);
    }
    expect(seen).toBeGreaterThan(30);
  });
});
