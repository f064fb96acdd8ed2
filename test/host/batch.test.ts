/** classifyBatch over threads of Node; test/package/ runs a browser's workers. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { EXIT_MODEL, STATUS_TRUNCATED } from '../../assembly/shared/status.ts';
import { load, loadBatch, ModelError } from '../../host/node.ts';
import { Random } from '../models/random.ts';

const MODEL = 'models/mnist.snn';
const random = new Random(5);
const images = Array.from({ length: 45 }, () => random.bytes(784));
const network = await load(MODEL);
const answers = images.map((image) => network.classify(image));

describe('in Node', () => {
  test.each([
    1, 2, 3,
  ])('%i threads give the answers of one network, in the order of the images', async (threads) => {
    const batch = await loadBatch(MODEL, { threads });
    expect(batch.threads).toBe(threads);
    expect(batch.info).toEqual(network.info);
    expect(await batch.classifyBatch(images)).toEqual(answers);
    expect(await batch.classifyBatch(images.slice(0, 2))).toEqual(answers.slice(0, 2));
    expect(await batch.classifyBatch([])).toEqual([]);
    batch.close();
  });

  test('two batches at a time on the same threads keep apart', async () => {
    const batch = await loadBatch(MODEL, { threads: 2, simd: false });
    const [a, b] = await Promise.all([batch.classifyBatch(images), batch.classifyBatch(images.toReversed())]);
    expect(a).toEqual(answers);
    expect(b).toEqual(answers.toReversed());
    batch.close();
  });

  test('floats are refused', async () => {
    const batch = await loadBatch(MODEL, { threads: 1 });
    const floats = new Float32Array(784) as unknown as Uint8Array;
    await expect(batch.classifyBatch([...images.slice(0, 2), floats])).rejects.toThrow(TypeError);
    batch.close();
  });

  test('an image of another size is refused, and the batch lives on', async () => {
    const batch = await loadBatch(MODEL, { threads: 2 });
    await expect(batch.classifyBatch([new Uint8Array(783)])).rejects.toThrow('783 pixel values');
    await expect(batch.classifyBatch([new Uint8Array(783)])).rejects.toThrow(RangeError);
    await expect(batch.classifyBatch([...images.slice(0, 3), new Uint8Array(700)])).rejects.toThrow(
      'image 3 has 700 pixel values, those before it 784',
    );
    expect(await batch.classifyBatch(images)).toEqual(answers);
    batch.close();
  });

  test('a bad model is refused, and no thread is left', async () => {
    const model = (await readFile(MODEL)).subarray(0, 1000);
    await expect(loadBatch(model, { threads: 2 })).rejects.toThrow(/truncated|size|bytes/i);
  });

  test('errors keep their class on the way from a thread', async () => {
    const model = (await readFile(MODEL)).subarray(0, 1000);
    const error = await loadBatch(model, { threads: 1 }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toEqual(await load(model).catch((e: unknown) => e));
    expect(error).toMatchObject({ name: 'ModelError', status: STATUS_TRUNCATED, code: EXIT_MODEL });
  });

  test.each([
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1025,
    '2' as unknown as number,
  ])('%s threads are refused before any is started', async (threads) => {
    await expect(loadBatch('nowhere.snn', { threads })).rejects.toThrow(
      new RangeError(`${threads} threads; ask for 1 to 1024`),
    );
  });

  test('a list that changes while it is worked through is the one that was given', async () => {
    const batch = await loadBatch(MODEL, { threads: 1 });
    const list = [...images];
    const running = batch.classifyBatch(list);
    list.length = 0;
    expect(await running).toEqual(answers);
    batch.close();
  });

  test('closing rejects what is under way, and what comes later', async () => {
    const batch = await loadBatch(MODEL, { threads: 1 });
    const running = batch.classifyBatch(images);
    batch.close();
    await expect(running).rejects.toThrow('the batch was closed');
    await expect(batch.classifyBatch(images)).rejects.toThrow('the batch was closed');
  });
});
