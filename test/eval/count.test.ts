/** Sums of an evaluation against the engine's own stopping and against recorded traces. */
import { describe, expect, test } from 'vitest';
import { load } from '../../host/node.ts';
import { neededBy } from '../../tools/cost/needed.ts';
import type { Dataset } from '../../tools/data/dataset.ts';
import { countImages } from '../../tools/eval/count.ts';
import { exitCurve, fixedRow, fusedCurve, stoppedRow, workCurve } from '../../tools/eval/curves.ts';
import { imagesOfShard } from '../../tools/eval/images.ts';
import { rowsOf } from '../../tools/eval/rows.ts';
import { addTally, emptyTally, factsOf, imagesOf, sum, type Tally } from '../../tools/eval/tally.ts';
import { pack } from '../../tools/file/pack.ts';
import type { Model } from '../../tools/model.ts';
import { record } from '../../tools/run/record.ts';
import { decideAll } from '../../tools/tune/stop.ts';
import { Random, randomModel } from '../models/random.ts';

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1);

function randomData(model: Model, count: number, seed: number): Dataset {
  const r = new Random(seed);
  const [channels, height, width] = model.input;
  const classes = model.layers.at(-1)?.shape[0] as number;
  return {
    count,
    height,
    width,
    channels,
    images: r.bytes(count * channels * height * width),
    labels: Uint8Array.from({ length: count }, () => r.int(0, classes - 1)),
  };
}

const all = (data: Dataset) => imagesOfShard(0, data.count, { index: 1, of: 1 });

describe('random networks', () => {
  test('stop where the engine itself stops, for the same work', async () => {
    for (const seed of SEEDS) {
      const model = randomModel(seed);
      const bytes = pack(model);
      const data = randomData(model, 7, seed);
      const { tally } = await countImages({ bytes, model }, data, all(data));
      const expected = { right: 0, sops: 0, events: 0, spikes: 0 };
      const stopped = new Array<number>(model.steps * model.exits.length).fill(0);
      const net = await load(bytes);
      const size = data.images.length / data.count;
      data.labels.forEach((label, i) => {
        const answer = net.classify(data.images.subarray(i * size, (i + 1) * size));
        const at = (answer.steps - 1) * model.exits.length + answer.exit;
        stopped[at] = (stopped[at] as number) + 1;
        if (answer.class === label) expected.right++;
        expected.sops += answer.sops;
        expected.events += answer.events;
        expected.spikes += answer.spikes;
      });
      expect(tally.stopped, `seed ${seed}`).toEqual(stopped);
      const found = {
        right: sum(tally.stopped_right),
        sops: sum(tally.stopped_sops),
        events: sum(tally.stopped_events),
        spikes: sum(tally.stopped_spikes),
      };
      expect(found, `seed ${seed}`).toEqual(expected);
    }
  });

  test('have the rows that recorded traces give, to the last digit', async () => {
    for (const seed of SEEDS) {
      const model = randomModel(seed);
      const bytes = pack(model);
      const data = randomData(model, 9, seed);
      const { labels } = data;
      const { tally } = await countImages({ bytes, model }, data, all(data));
      const rows = rowsOf(factsOf(model), tally);
      const traces = await record({ model: bytes, images: data.images, count: data.count });
      const decisions = decideAll(model, traces);
      const exits = model.exits.map((_, e) =>
        fixedRow(model, exitCurve(traces, labels, e), workCurve(traces, neededBy(model, e))),
      );
      const fused = fixedRow(model, fusedCurve(traces, labels, decisions), workCurve(traces, undefined));
      const stopped = stoppedRow(model, traces, labels, decisions, model.stop);
      expect(rows, `seed ${seed}`).toMatchObject({
        early: exits[0],
        final: exits.at(-1),
        exits,
        fused,
        stopped,
      });
    }
  });
});

describe('sums', () => {
  const model = randomModel(3);
  const bytes = pack(model);
  const data = randomData(model, 50, 3);

  test('of shards add up to those of the whole, in any order', async () => {
    const whole = await countImages({ bytes, model }, data, all(data));
    const shards: Tally[] = [];
    for (const index of [3, 1, 2]) {
      const images = imagesOfShard(0, data.count, { index, of: 3 });
      shards.push((await countImages({ bytes, model }, data, images)).tally);
    }
    const added = emptyTally(model.steps, model.layers.length, model.exits.length);
    for (const shard of shards) addTally(added, shard);
    expect(added).toEqual(whole.tally);
    expect(imagesOf(added)).toBe(50);
  });

  test('of an interrupted run are those of its first images', async () => {
    const interrupt = new AbortController();
    const seen: number[] = [];
    const { tally, done } = await countImages({ bytes, model }, data, all(data), {
      signal: interrupt.signal,
      onProgress: (n) => {
        seen.push(n);
        if (n >= 3) interrupt.abort();
      },
    });
    expect(done).toBeGreaterThanOrEqual(3);
    expect(done).toBeLessThan(50);
    expect(seen.at(-1)).toBe(done);
    const first = await countImages({ bytes, model }, data, { first: 0, stride: 1, count: done });
    expect(tally).toEqual(first.tally);
  });
});
