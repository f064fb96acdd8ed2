/** Models and results that no tool of ours wrote: refused before they cost memory, in every verb, by the engine's own checks. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import * as F from '../../assembly/shared/format.ts';
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import { mergeResults } from '../../tools/eval/merge.ts';
import { parseResult } from '../../tools/eval/read-result.ts';
import type { Result } from '../../tools/eval/result.ts';
import { readModel } from '../../tools/file/read.ts';
import { MOST_IMAGES, MOST_SHARED_WEIGHTS } from '../../tools/limits.ts';
import { readWhole } from '../../tools/terminal/read.ts';
import { snn } from '../commands/snn.ts';
import { chain, repeated } from '../hostile/models.ts';
import { madeUp, sealed } from '../hostile/results.ts';
import { Craft } from '../models/craft.ts';

const folder = mkdtempSync(join(tmpdir(), 'model-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, content: Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe('60,000 projections on one set of weights', () => {
  test('are read where they come to little', { timeout: 20_000 }, async () => {
    const { model } = await readModel(put('few.snn', repeated(chain(16), 1, 60_000)));
    expect(model.layers[1]?.projections).toHaveLength(60_000);
  });

  test('are refused where they would fill the memory', { timeout: 20_000 }, async () => {
    const path = put('many.snn', repeated(chain(4096), 1, 60_000));
    const before = process.memoryUsage().rss;
    await expect(readModel(path)).rejects.toThrow(
      `${path}: more than ${MOST_SHARED_WEIGHTS} weights are shared`,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(3e8);
  });
});

test('what the engine refuses, no verb describes', () => {
  const path = put('refused.snn', new Craft(chain(16)).projection(1, F.PROJ_STRIDE_X, 0).done());
  const out = join(folder, 'out');
  for (const args of [
    ['inspect', path],
    ['energy', path],
    ['run', path, 'nowhere.idx'],
    ['eval', path, '--images', 'nowhere.idx'],
    ['tune', path, '--images', 'nowhere.idx', '-o', out],
    ['bundle', path, '-o', out],
    ['bundle', path, '--core', '-o', out],
    ['flash', 'rp2040', path, '-o', out],
    ['aot', path, '--target', 'c', '-o', out],
  ])
    expect(snn(args), args.join(' ')).toEqual({
      code: EXIT_MODEL,
      stdout: '',
      stderr: `snn: ${path}: projections: they do not fit their layers; make it anew with snn convert\n`,
    });
});

test('a wrong magic is seen before the rest is read', async () => {
  const path = put('large.snn', Uint8Array.of(1, 2, 3, 4));
  truncateSync(path, 2 ** 30);
  const before = process.memoryUsage().rss;
  await expect(readModel(path)).rejects.toThrow(`${path}: magic: this is not a .snn file`);
  expect(process.memoryUsage().rss - before).toBeLessThan(1e8);
});

test('a file beyond what Node reads at once is refused by its size', async () => {
  const path = put('huge', new Uint8Array(0));
  truncateSync(path, 2 ** 31);
  await expect(readWhole(path, 3)).rejects.toThrow(`${path}: 2147483648 bytes; at most 2147483647 are read`);
});

test.skipIf(process.platform === 'win32')(
  'a device that never ends is read no further than a pipe may be',
  async () => {
    await expect(readWhole('/dev/zero', 3)).rejects.toThrow(
      '/dev/zero: more than 134217728 bytes from a pipe',
    );
  },
);

describe('results of an evaluation', () => {
  const parsed = (r: Result): Result => parseResult(sealed(r), 'r.json');

  test('a shard of a thousand million names eight that are missing', () => {
    const part = { file: 'r.json', result: parsed(madeUp(1000, 2, { index: 1, of: 999_999_999 })) };
    expect(() => mergeResults([part], false)).toThrow(
      'shards 2/999999999, 3/999999999, 4/999999999, 5/999999999, 6/999999999, 7/999999999, 8/999999999, 9/999999999, and 999999990 more missing',
    );
  });

  test.each([
    ['images', madeUp(MOST_IMAGES + 1, 2, null), `data.count: more than ${MOST_IMAGES}`],
    ['images without end', madeUp(2 ** 52, 2, null), `data.count: more than ${MOST_IMAGES}`],
    ['steps', madeUp(10, 4096, null), 'network.steps: more than 4095'],
    ['steps without end', madeUp(10, 2 ** 52, null), 'network.steps: more than 4095'],
  ])('more %s than there can be are refused', (_, bad, message) => {
    expect(() => parsed(bad)).toThrow(`r.json: ${message}; give what snn eval --json wrote`);
  });
});
