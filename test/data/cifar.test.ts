import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { EXIT_DATA, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { readCifar } from '../../tools/data/cifar.ts';
import { readLabelled, readUnlabelled } from '../../tools/data/read.ts';
import { Failure } from '../../tools/terminal/failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'cifar-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Records with the given labels; pixel p of plane c in record i is (7i + 50c + p) mod 256. */
function records(labels: number[][]): Uint8Array {
  const planes = (i: number): number[] =>
    Array.from({ length: 3072 }, (_, n) => (7 * i + 50 * Math.floor(n / 1024) + (n % 1024)) % 256);
  return Uint8Array.from(labels.flatMap((label, i) => [...label, ...planes(i)]));
}

function put(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

describe('CIFAR’s binary version', () => {
  test('CIFAR-10: one label, planes become pixels', async () => {
    const data = await readCifar(put('ten.bin', records([[3], [9]])), 'test');
    expect(data).toMatchObject({ count: 2, height: 32, width: 32, channels: 3 });
    expect([...data.labels]).toEqual([3, 9]);
    expect([...data.images.subarray(0, 6)]).toEqual([0, 50, 100, 1, 51, 101]);
    expect([...data.images.subarray(3072, 3075)]).toEqual([7, 57, 107]);
  });

  test('CIFAR-100: the fine label', async () => {
    const data = await readCifar(put('hundred.bin', records([[1, 42]])), 'test');
    expect([...data.labels]).toEqual([42]);
    expect(data.images[1]).toBe(50);
  });

  test('a folder gives its training or test files, in order', async () => {
    mkdirSync(join(folder, 'set'));
    put('set/data_batch_2.bin', records([[2]]));
    put('set/data_batch_1.bin', records([[1], [1]]));
    put('set/test_batch.bin', records([[7]]));
    expect([...(await readCifar(join(folder, 'set'), 'train')).labels]).toEqual([1, 1, 2]);
    expect([...(await readLabelled(join(folder, 'set'), undefined, 'test')).labels]).toEqual([7]);
    expect((await readUnlabelled(join(folder, 'set'))).count).toBe(1);
  });

  test.each([
    [
      'a cut file',
      () => readCifar(put('cut.bin', records([[1]]).subarray(0, 3000)), 'test'),
      /3000 bytes are no whole records/,
      EXIT_DATA,
    ],
    [
      'an empty file',
      () => readCifar(put('none.bin', new Uint8Array(0)), 'test'),
      /0 bytes are no whole records/,
      EXIT_DATA,
    ],
    [
      'a missing file',
      () => readCifar(join(folder, 'gone.bin'), 'test'),
      /gone\.bin: no such file/,
      EXIT_DATA,
    ],
    ['another folder', () => readCifar(tmpdir(), 'train'), /no train files of CIFAR/, EXIT_DATA],
    [
      'labels beside it',
      () => readLabelled(join(folder, 'ten.bin'), 'labels', 'test'),
      /--labels: .* holds its labels/,
      EXIT_USAGE,
    ],
    [
      'IDX without labels',
      () => readLabelled(put('x.idx', Uint8Array.of(0, 0, 8, 3)), undefined, 'test'),
      /--labels: .*x\.idx has images only/,
      EXIT_USAGE,
    ],
  ])('%s is refused', async (_, read, message, code) => {
    const error = await read().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Failure);
    expect((error as Failure).message).toMatch(message);
    expect((error as Failure).code).toBe(code);
  });
});

test('CIFAR-100 gives its coarse labels to a network of twenty classes', async () => {
  const path = put('coarse.bin', records([[1, 42]]));
  expect([...(await readLabelled(path, undefined, 'test', { outputs: 20 })).labels]).toEqual([1]);
  expect([...(await readLabelled(path, undefined, 'test', { outputs: 100 })).labels]).toEqual([42]);
  // Known by its records, whatever it is called.
  expect([...(await readLabelled(put('coarse', records([[1, 42]])), undefined, 'test')).labels]).toEqual([
    42,
  ]);
});
