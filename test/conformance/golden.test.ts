/** Real test images on the shipped models: every host against the committed golden vectors. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GOLDEN } from '../../experiments/golden.ts';
import { mnistTest } from '../../tools/data/idx.ts';
import { pack } from '../../tools/file/pack.ts';
import { shippedModel } from '../../tools/file/shipped.ts';
import { simulate } from '../../tools/reference/simulate.ts';
import { goldenLine } from '../../tools/reference/trace.ts';
import { DRIVERS } from '../drivers/traces.ts';
import { Random, randomModel } from '../models/random.ts';

describe.each(GOLDEN)('$file', ({ file, images, steps }) => {
  const path = `test/golden/${file.replace('.snn', '.jsonl')}`;

  test.each(DRIVERS)(`${images} images, $name`, async (driver) => {
    expect(existsSync(path), `${path} is missing; npm run golden makes it`).toBe(true);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(images * steps);
    const { model } = await shippedModel(file);
    const data = await mnistTest(images);
    const shorter = pack({ ...model, steps });
    const traces = await driver.trace(shorter, data.images, data.count, [data.height, data.width]);
    const got = traces.flatMap((run, image) =>
      run.map((s, i) => JSON.stringify({ image, step: i + 1, ...s })),
    );
    const wrong = got.findIndex((line, i) => line !== lines[i]);
    expect(wrong < 0 ? '' : got[wrong], `line ${wrong + 1} of ${path}`).toBe(wrong < 0 ? '' : lines[wrong]);
    expect(got).toHaveLength(lines.length);
  });
});

/** wasmtime starts anew for every network, so it sees fewer of them than the Node hosts in random.test.ts. */
test.each(DRIVERS)('random networks, $name', async (driver) => {
  for (let seed = 1000; seed < 1040; seed++) {
    const model = randomModel(seed);
    const [channels, height, width] = model.input;
    const pixels = new Random(seed).bytes(channels * height * width);
    const [trace] = await driver.trace(pack(model), pixels, 1, [height, width]);
    const want = [...simulate(model, pixels)].map((s) => ({
      evidence: s.evidence,
      class: s.decisions.at(-1)?.class,
      margin: s.decisions.at(-1)?.margin,
      events: s.spikes.map((spikes) => spikes.reduce((n, c) => n + (c === 0 ? 0 : 1), 0)),
    }));
    const got = trace?.map((s) => ({
      evidence: s.evidence,
      class: s.class,
      margin: s.margin,
      events: s.layers.map((l) => Number(l.split(':')[0])),
    }));
    expect(got, `seed ${seed}`).toEqual(want);
  }
});

test.each(GOLDEN)('the reference still says the first lines of $file', async ({ file }) => {
  const lines = readFileSync(`test/golden/${file.replace('.snn', '.jsonl')}`, 'utf8').split('\n');
  const { model } = await shippedModel(file);
  const data = await mnistTest(1);
  let i = 0;
  for (const step of simulate(model, data.images)) {
    if (i === 4) break;
    expect(goldenLine(model, 0, step)).toBe(lines[i++]);
  }
  expect(i).toBeGreaterThan(0);
});
