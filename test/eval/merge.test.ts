/** Results as JSON and their merges, on made-up sums: the arithmetic and every refusal. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { imagesOfShard, type Shard } from '../../tools/eval/images.ts';
import { mergeResults, type Part } from '../../tools/eval/merge.ts';
import { parseResult } from '../../tools/eval/read-result.ts';
import { type Result, resultJson, resultText } from '../../tools/eval/result.ts';
import { addTally, emptyTally } from '../../tools/eval/tally.ts';
import { Failure } from '../../tools/terminal/failure.ts';
import { Random } from '../models/random.ts';

const IMAGES = 30;

/** What image `i` adds, drawn from its number. */
function tallyOf(image: number): Result['sums'] {
  const r = new Random(image + 1);
  const tally = emptyTally(2, 3, 2);
  const bits = (length: number): number[] => Array.from({ length }, () => r.int(0, 1));
  const work = (length: number): number[] => Array.from({ length }, () => r.int(0, 2 ** 30));
  const stop = r.int(0, 3);
  return {
    right: bits(4),
    fused_right: bits(2),
    sops: work(6),
    events: work(6),
    spikes: work(6),
    stopped: tally.stopped.map((_, i) => (i === stop ? 1 : 0)),
    stopped_right: tally.stopped.map((_, i) => (i === stop ? r.int(0, 1) : 0)),
    stopped_sops: work(3),
    stopped_events: work(3),
    stopped_spikes: work(3),
  };
}

/** A run over first..end, of a shard if given; only the first `done` images if interrupted. */
function run(first: number, end: number, shard: Shard | null = null, done?: number): Result {
  const images = imagesOfShard(first, end, shard ?? { index: 1, of: 1 });
  const count = done ?? images.count;
  const sums = emptyTally(2, 3, 2);
  for (let i = 0; i < count; i++) addTally(sums, tallyOf(images.first + i * images.stride));
  return {
    model: 'net.snn',
    model_sha256: 'a1',
    data: { images: 'images.idx', labels: 'labels.idx', count: IMAGES, sha256: 'd1' },
    range: [first, end],
    shard,
    wanted: images.count,
    ranges: [{ ...images, count }],
    network: {
      name: 'net',
      steps: 2,
      layers: ['a', 'b', 'c'],
      exits: [
        [0, 1],
        [0, 2],
      ],
      image_macs: 99,
    },
    sums,
  };
}

function merge(results: Result[], partial = false): Result {
  const [first, ...more] = results.map((result, i): Part => ({ file: `${i + 1}.json`, result }));
  return mergeResults([first as Part, ...more], partial);
}

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
    const { code, message } = error as Failure;
    expect(code).toBe(EXIT_DATA);
    expect(message).not.toContain('\n');
    return message;
  }
  throw new Error('was not refused');
}

describe('a merge', () => {
  test('has the bytes of one run, whatever the shards and their order', () => {
    const whole = resultJson(run(0, IMAGES));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: IMAGES }), fc.nat(), (of, turn) => {
        const shards = Array.from({ length: of }, (_, i) => run(0, IMAGES, { index: i + 1, of }));
        const order = shards.map((_, i) => shards[(i * 1 + turn) % of] as Result);
        expect(resultJson(merge(order))).toBe(whole);
      }),
    );
  });

  test('of merges, of blocks, and of an interrupted run with its rest', () => {
    const whole = run(0, IMAGES);
    const [a, b, c] = [1, 2, 3].map((index) => run(0, IMAGES, { index, of: 3 })) as [Result, Result, Result];
    expect(merge([merge([a, c], true), b])).toEqual(whole);
    expect(merge([run(10, IMAGES), run(0, 10)])).toEqual(whole);
    expect(merge([run(0, IMAGES, null, 12), run(12, IMAGES)])).toEqual(whole);
  });

  test('of some shards is marked', () => {
    const [a, b] = [1, 2].map((index) => run(0, IMAGES, { index, of: 3 })) as [Result, Result];
    const some = merge([b, a], true);
    expect(JSON.parse(resultJson(some))).toMatchObject({
      partial: true,
      done: 20,
      wanted: 30,
      images: 20,
      ranges: [
        { first: 0, stride: 3, count: 10 },
        { first: 1, stride: 3, count: 10 },
      ],
    });
    expect(resultText(some, 'why')).toMatch(/^partial: 20 of 30 images \(why\)\n/);
    const full = merge([a, b, run(0, IMAGES, { index: 3, of: 3 })], true);
    expect(JSON.parse(resultJson(full))).toMatchObject({ partial: false, done: 30, wanted: 30 });
  });

  test('refuses', () => {
    const [a, b, c] = [1, 2, 3].map((index) => run(0, IMAGES, { index, of: 3 })) as [Result, Result, Result];
    expect(refusal(() => merge([a, b]))).toMatch(/^merge: shard 3\/3 missing; .*--partial$/);
    expect(refusal(() => merge([b]))).toMatch(/shards 1\/3, 3\/3 missing/);
    expect(refusal(() => merge([run(0, 10), run(12, IMAGES)]))).toMatch(/2 of 30 images are in none/);
    expect(refusal(() => merge([a, b, run(0, IMAGES, { index: 3, of: 3 }, 4)]))).toMatch(
      /^3\.json: partial, 4 of 10 images/,
    );
    expect(refusal(() => merge([a, b, c, b]))).toMatch(/^4\.json: has image 1, which is in 2\.json too/);
    expect(refusal(() => merge([a, b, c, b], true))).toMatch(/image 1/);
    expect(refusal(() => merge([run(0, 11), run(10, IMAGES)]))).toMatch(/has image 10, which is in 1\.json/);
    const twice = { ...a, ranges: [a.ranges[0], a.ranges[0]] as Result['ranges'] };
    expect(refusal(() => merge([twice], true))).toMatch(/^1\.json: has image 0 twice/);
    expect(refusal(() => merge([a, { ...b, model_sha256: 'a2' }]))).toMatch(
      /^2\.json: is of the model .*one model/,
    );
    expect(refusal(() => merge([a, { ...b, data: { ...b.data, sha256: 'd2' } }]))).toMatch(
      /^2\.json: is of the images .*one data set/,
    );
    expect(refusal(() => merge([a, { ...b, network: { ...b.network, image_macs: 1 } }]))).toMatch(
      /one version/,
    );
  });
});

describe('the JSON', () => {
  const result = run(0, IMAGES, { index: 2, of: 3 });
  const json = resultJson(result);

  test('comes back as it was, however it is laid out', () => {
    expect(parseResult(json, 'a.json')).toEqual(result);
    expect(parseResult(JSON.stringify(JSON.parse(json), null, 2), 'a.json')).toEqual(result);
    const sorted = Object.fromEntries(Object.entries(JSON.parse(json)).sort(([a], [b]) => (a < b ? -1 : 1)));
    expect(parseResult(JSON.stringify(sorted), 'a.json')).toEqual(result);
  });

  test('is refused when any byte that matters is another, or missing', () => {
    fc.assert(
      fc.property(
        fc.nat(json.length - 1),
        fc.constantFrom(...'0917",:]}{xe-.'),
        fc.boolean(),
        (at, put, cut) => {
          const damaged = cut ? json.slice(0, at) : json.slice(0, at) + put + json.slice(at + 1);
          let read: Result;
          try {
            read = parseResult(damaged, 'a.json');
          } catch (error) {
            expect(error).toBeInstanceOf(Failure);
            expect((error as Failure).message).toMatch(/^a\.json: [^\n]+; give what snn eval --json wrote$/);
            return;
          }
          // Only the rows may differ: they are made anew.
          expect(read).toEqual(result);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['', /^a\.json: empty;/],
    ['{"model": ', /^a\.json: damaged or not JSON;/],
    ['[]', /^a\.json: network: missing;/],
    ['null', /^a\.json: network: missing;/],
    [JSON.stringify({ ...JSON.parse(json), sums: 3 }), /^a\.json: sums\.right: missing;/],
    [JSON.stringify({ ...JSON.parse(json), wanted: 1 }), /^a\.json: ranges: do not have/],
    [JSON.stringify({ ...JSON.parse(json), range: [0, 31] }), /^a\.json: range: no part of 30 images/],
    [JSON.stringify({ ...JSON.parse(json), model_sha256: 'a2' }), /^a\.json: crc32: .* damaged;/],
    [JSON.stringify({ ...JSON.parse(json), shard: { index: 4, of: 3 } }), /^a\.json: shard: no 4\/3;/],
  ])('%.30s', (text, line) => {
    expect(refusal(() => parseResult(text, 'a.json'))).toMatch(line);
  });
});
