/** Results of evaluations, changed field by field, and their merges: sums that add up, or one line. */
import { imagesOfShard } from '../../tools/eval/images.ts';
import { mergeResults, type Part } from '../../tools/eval/merge.ts';
import { parseResult } from '../../tools/eval/read-result.ts';
import { type Result, resultJson, resultText } from '../../tools/eval/result.ts';
import { emptyTally, imagesOf } from '../../tools/eval/tally.ts';
import { sealed } from '../hostile/results.ts';
import type { Random } from '../models/random.ts';
import { damaged } from './bytes.ts';
import { refusal, type Target } from './target.ts';

const FILE = 'fuzz.json';
const ODD = [
  0,
  1,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  1e308,
  null,
  true,
  '',
  'x\u001b[2J\n',
  [],
  {},
  [1, 2],
  '__proto__',
];

function shard(r: Random, index: number, of: number, count: number): Result {
  const images = imagesOfShard(0, count, { index, of });
  const sums = emptyTally(2, 3, 2);
  sums.stopped[r.int(0, sums.stopped.length - 1)] = images.count;
  return {
    model: 'net.snn',
    model_sha256: 'a1',
    data: { images: 'images.idx', labels: null, count, sha256: 'd1' },
    range: [0, count],
    shard: { index, of },
    wanted: images.count,
    ranges: [images],
    network: {
      name: 'n',
      steps: 2,
      layers: ['a', 'b', 'c'],
      exits: [
        [0, 1],
        [0, 2],
      ],
      image_macs: 9,
    },
    sums,
  };
}

/** Another value somewhere inside. */
function change(r: Random, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || r.int(0, 5) === 0)
    return typeof value === 'number' && r.int(0, 1) === 0 ? value + r.pick([-1, 1]) : r.pick(ODD);
  const keys = Object.keys(value);
  if (keys.length === 0) return r.pick(ODD);
  const key = r.pick(keys);
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  if (r.int(0, 9) === 0) delete copy[key];
  else copy[key] = change(r, copy[key]);
  return copy;
}

export const shards: Target = {
  name: 'shards',
  make(r) {
    const of = r.int(1, 4);
    const count = r.int(of, 12);
    const parts = Array.from({ length: of }, (_, i) => shard(r, i + 1, of, count));
    const texts = parts.map((part) => (r.int(0, 2) > 0 ? sealed(part) : sealed(change(r, part) as Result)));
    if (r.int(0, 5) === 0) texts.push(r.pick(texts));
    if (r.int(0, 5) === 0) texts.splice(r.int(0, texts.length - 1), 1);
    const bytes = Buffer.from(texts.join('\u0000'));
    return r.int(0, 5) === 0 ? damaged(r, new Uint8Array(bytes)) : new Uint8Array(bytes);
  },
  run(input, r) {
    try {
      const texts = Buffer.from(input).toString().split('\u0000');
      const parts = texts.map((text): Part => ({ file: FILE, result: parseResult(text, FILE) }));
      const whole = mergeResults(parts as [Part, ...Part[]], r.int(0, 1) === 0);
      const images = parts.reduce((n, { result }) => n + imagesOf(result.sums), 0);
      if (imagesOf(whole.sums) !== images) throw new Error('images are lost');
      if (resultJson(parseResult(resultJson(whole), FILE)) !== resultJson(whole))
        throw new Error('read again, it is another');
      // What a table shows of it.
      resultText(whole, 'interrupted');
      return 'accepted';
    } catch (error) {
      // Of a gap the merge speaks, not a file.
      return refusal(error, (error as Error).message.startsWith('merge: ') ? 'merge: ' : FILE);
    }
  },
};
