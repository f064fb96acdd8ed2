/** What both builds make of a model: a status, or a run to its end in the arena that it asked for. */
import { STATUS_ARENA } from '../../assembly/shared/status.ts';
import { BUILDS } from '../drivers/engine.ts';
import { cost, Guarded, imageOf } from '../drivers/guarded.ts';
import { Craft } from '../models/craft.ts';
import type { Random } from '../models/random.ts';

/** Additions of a model that a fuzz has time for. */
const LIMIT = 4e5;

/** Zeros, and bytes that hurt, as pointers and as counts: large ones, and such as wrap. */
const FILLINGS = [0, 0xa5, 0xff];
/** Each build in a memory of each filling. */
const runners = BUILDS.flatMap(({ module }) => FILLINGS.map((filling) => new Guarded(module, filling)));

export type Verdict = 'refused' | 'ran' | 'too large';

/** @throws where a build traps, writes where it must not, or says something else than the other */
export function judge(bytes: Uint8Array, r: Random, limit = LIMIT): Verdict {
  const sizes = runners.map((runner) => runner.measure(bytes));
  const [size, simd] = [sizes[0], sizes[FILLINGS.length]] as [number, number];
  const differ = sizes.some((s, i) => s !== (i < FILLINGS.length ? size : simd));
  if (differ || size < 0 !== simd < 0) throw new Error(`measured ${sizes}`);
  if (size < 0) {
    if (size !== simd || -size > STATUS_ARENA) throw new Error(`statuses ${sizes}`);
    return 'refused';
  }
  const model = new Craft(bytes);
  if (imageOf(model) > 1 << 20 || cost(model) > limit) return 'too large';
  const image = r.bytes(imageOf(model));
  for (const mayStop of [0, 1]) {
    const said = runners.map((runner, i) => runner.run(bytes, sizes[i] as number, image, mayStop));
    if (said.includes(undefined)) return 'too large';
    if (new Set(said).size !== 1) throw new Error(`mayStop ${mayStop}: the builds said ${said}`);
  }
  return 'ran';
}

/** Judges many; an error says which of them. */
export function judgeAll(
  models: Iterable<[bytes: Uint8Array, r: Random]>,
  limit?: number,
): Record<Verdict, number> {
  const verdicts: Record<Verdict, number> = { refused: 0, ran: 0, 'too large': 0 };
  let n = 0;
  for (const [bytes, r] of models) {
    try {
      verdicts[judge(bytes, r, limit)]++;
    } catch (error) {
      throw new Error(`model ${n}: ${(error as Error).message}`, { cause: error });
    }
    n++;
  }
  return verdicts;
}
