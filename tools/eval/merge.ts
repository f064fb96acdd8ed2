/** Results of parts of a data set → the result of the whole, exactly as one run would have it. */
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';
import type { Images } from './images.ts';
import type { Result } from './result.ts';
import { addTally, emptyTally, imagesOf } from './tally.ts';

export interface Part {
  file: string;
  result: Result;
}

/**
 * The whole is everything from the first to the last image of any part's range.
 * @param partial allows images that no part has
 * @throws Failure where the parts are not of one model and one data set, overlap, or leave images out
 */
export function mergeResults(parts: [Part, ...Part[]], partial: boolean): Result {
  const [one] = parts;
  for (const part of parts.slice(1)) checkSame(one, part);
  const first = Math.min(...parts.map((p) => p.result.range[0]));
  const end = Math.max(...parts.map((p) => p.result.range[1]));
  checkOverlap(parts, first, end);
  const { steps, layers, exits } = one.result.network;
  const sums = emptyTally(steps, layers.length, exits.length);
  for (const { result } of parts) addTally(sums, result.sums);
  const wanted = end - first;
  const missing = wanted - imagesOf(sums);
  if (missing > 0 && !partial) throw incomplete(parts, missing, wanted);
  const pieces = parts.flatMap((p) => p.result.ranges).sort((a, b) => a.first - b.first);
  return {
    ...one.result,
    range: [first, end],
    shard: null,
    wanted,
    ranges: missing > 0 ? pieces : [{ first, stride: 1, count: wanted }],
    sums,
  };
}

function checkSame(one: Part, other: Part): void {
  const refuse = (what: string, mine: string, others: string): Failure =>
    new Failure(
      EXIT_DATA,
      `${other.file}: ${what} ${others}, ${one.file} ${mine}; merge results of one model and one data set`,
    );
  const [a, b] = [one.result, other.result];
  const brief = (path: string, hash: string): string => `${path} (sha256 ${hash.slice(0, 12)}…)`;
  if (a.model_sha256 !== b.model_sha256)
    throw refuse('is of the model', `of ${brief(a.model, a.model_sha256)}`, brief(b.model, b.model_sha256));
  if (a.data.sha256 !== b.data.sha256 || a.data.count !== b.data.count)
    throw refuse(
      'is of the images',
      `of ${brief(a.data.images, a.data.sha256)}`,
      brief(b.data.images, b.data.sha256),
    );
  if (JSON.stringify(a.network) !== JSON.stringify(b.network))
    throw new Failure(
      EXIT_DATA,
      `${other.file}: describes the same network in another way than ${one.file}; evaluate both with one version of snn`,
    );
}

function checkOverlap(parts: Part[], first: number, end: number): void {
  const owner = new Int32Array(end - first).fill(-1);
  parts.forEach(({ file, result }, p) => {
    for (const images of result.ranges) {
      forEachImage(images, (image) => {
        const before = parts[owner[image - first] as number];
        if (before !== undefined) {
          const who =
            before.file === file
              ? `${file}: has image ${image} twice`
              : `${file}: has image ${image}, which is in ${before.file} too`;
          throw new Failure(EXIT_DATA, `${who}; give every shard once`);
        }
        owner[image - first] = p;
      });
    }
  });
}

function forEachImage({ first, stride, count }: Images, visit: (image: number) => void): void {
  for (let i = 0; i < count; i++) visit(first + i * stride);
}

function incomplete(parts: Part[], missing: number, wanted: number): Failure {
  const remedy = 'or accept the gap with --partial';
  const cut = parts.find(({ result }) => imagesOf(result.sums) < result.wanted);
  if (cut !== undefined) {
    const { sums, wanted: all } = cut.result;
    return new Failure(
      EXIT_DATA,
      `${cut.file}: partial, ${imagesOf(sums)} of ${all} images; run it again, ${remedy}`,
    );
  }
  const absent = missingShards(parts);
  const what =
    absent === undefined
      ? `${missing} of ${wanted} images are in none of the files`
      : `${absent.length === 1 ? 'shard' : 'shards'} ${absent.join(', ')} missing`;
  return new Failure(EXIT_DATA, `merge: ${what}; add what is missing, ${remedy}`);
}

/** Of shards that are missing. */
const MOST_NAMED = 8;

/** "2/3" of each shard that is not there; undefined where the parts are no shards of one run. */
function missingShards(parts: Part[]): string[] | undefined {
  const of = parts[0]?.result.shard?.of;
  if (of === undefined || parts.some(({ result }) => result.shard?.of !== of)) return undefined;
  const present = new Set(parts.map(({ result }) => result.shard?.index));
  const absent: string[] = [];
  const missing = of - present.size;
  for (let i = 1; absent.length < Math.min(missing, MOST_NAMED); i++)
    if (!present.has(i)) absent.push(`${i}/${of}`);
  if (missing > MOST_NAMED) absent.push(`and ${missing - MOST_NAMED} more`);
  return absent.length === 0 ? undefined : absent;
}
