/** The result of an evaluation: what `snn eval --json` writes, and all that `snn merge` needs of it. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { PJ_IN_WORDS } from '../cost/energy.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Images, Shard } from './images.ts';
import { imagesInWords } from './images.ts';
import { namedRows, rowsOf } from './rows.ts';
import { rowsTable } from './rows-table.ts';
import { imagesOf, type NetworkFacts, type Tally } from './tally.ts';

export interface Result {
  /** Path as it was given. */
  model: string;
  model_sha256: string;
  data: DataIdentity;
  /** From --skip and --limit: the first image, and the first after the last. */
  range: [first: number, end: number];
  shard: Shard | null;
  /** How many images of the range the result was to have: those of its shard. */
  wanted: number;
  /** Images that it has; no image twice. */
  ranges: Images[];
  network: NetworkFacts;
  sums: Tally;
}

export interface DataIdentity {
  /** Paths as they were given; no labels where the images hold them. */
  images: string;
  labels: string | null;
  /** In the whole data set. */
  count: number;
  /** Of size, pixels and labels. */
  sha256: string;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function identify(data: Dataset, images: string, labels: string | undefined): DataIdentity {
  const { count, height, width, channels } = data;
  const hash = createHash('sha256').update(JSON.stringify([count, height, width, channels]));
  hash.update(data.images).update(JSON.stringify([...data.labels]));
  return { images, labels: labels ?? null, count, sha256: hash.digest('hex') };
}

/** One line of JSON: rows first, then everything that they were made from. */
export function resultJson(result: Result): string {
  const { model, ...rest } = result;
  const done = imagesOf(result.sums);
  return JSON.stringify({
    model,
    images: done,
    ...rowsOf(result.network, result.sums),
    partial: done < result.wanted,
    done,
    ...rest,
    crc32: checkOf(result),
  });
}

/** CRC-32 of all that a merge reads, so that damage shows. */
export function checkOf(result: Result): string {
  return crc32(JSON.stringify(result)).toString(16).padStart(8, '0');
}

/** @param reason why images are missing, if some are */
export function resultText(result: Result, reason: string): string {
  const { shard, wanted, ranges, sums, network } = result;
  const done = imagesOf(sums);
  const lines: string[] = [];
  if (done < wanted) lines.push(`partial: ${done} of ${wanted} images (${reason})`);
  if (shard !== null)
    lines.push(`shard ${shard.index}/${shard.of}: images ${ranges.map(imagesInWords).join('; ')}`);
  const words = `per image; SOPs: synapses that events visit; energy: ${PJ_IN_WORDS} (45 nm)`;
  return [...lines, rowsTable(namedRows(rowsOf(network, sums))), words].join('\n');
}
