/** Small models to start from, one of every kind: each check's accepted twin, and random networks that fit the harness. */

import { pack } from '../../../tools/file/pack.ts';
import { ACCEPTED } from '../../model/checks.ts';
import { withCrc } from '../../models/craft.ts';
import { randomModel } from '../../models/random.ts';

const MOST_BYTES = 1000;
const RANDOM = 3000;

/** Models of at most MOST_BYTES, accepted by the engine. */
export function corpus(): Uint8Array[] {
  const good = ACCEPTED.map((make) => make());
  const random = Array.from({ length: RANDOM }, (_, i) => pack(randomModel(i + 1)));
  return [...good, ...random].filter(({ length }) => length <= MOST_BYTES).map((bytes) => withCrc(bytes));
}
