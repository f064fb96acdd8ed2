/** Results of evaluations that none has printed. */
import { checkOf, type Result } from '../../tools/eval/result.ts';
import { emptyTally } from '../../tools/eval/tally.ts';

/** About one image of `count`; its sums are those of two steps, whatever it says. */
export function madeUp(count: number, steps: number, shard: Result['shard']): Result {
  const sums = emptyTally(2, 1, 1);
  sums.stopped[0] = 1;
  return {
    model: 'm',
    model_sha256: 'x',
    data: { images: 'i', labels: null, count, sha256: 'y' },
    range: [0, count],
    shard,
    wanted: 1,
    ranges: [{ first: 0, stride: 1, count: 1 }],
    network: { name: 'n', steps, layers: ['l'], exits: [[0]], image_macs: 1 },
    sums,
  };
}

/** As a file, under a checksum that is right. */
export function sealed(result: Result): string {
  return JSON.stringify({ ...result, crc32: checkOf(result) });
}
