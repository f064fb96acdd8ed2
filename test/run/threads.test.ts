import { afterEach, expect, test, vi } from 'vitest';
import { runSlices } from '../../tools/run/threads.ts';

afterEach(() => vi.restoreAllMocks());

/** Images per slice, where each takes so many milliseconds. */
async function sizes(count: number, msPerImage: number): Promise<number[]> {
  const given: number[] = [];
  let clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  await runSlices({
    count,
    module: import.meta.url,
    work: async (images: number) => {
      clock += images * msPerImage;
    },
    task: (_, images) => images,
    done: (_, __, images) => given.push(images),
  });
  return given;
}

test('slices grow to a fifth of a second of cheap images, and stay single for dear ones', async () => {
  expect(await sizes(500, 2)).toEqual([1, 4, 16, 64, 100, 100, 100, 100, 15]);
  expect(await sizes(2000, 0.01)).toEqual([1, 4, 16, 64, 256, 500, 500, 500, 159]);
  expect(await sizes(5, 3000)).toEqual([1, 1, 1, 1, 1]);
});

test('every image is handed out once, in order, and only as work is done', async () => {
  let waiting = 0;
  let next = 0;
  const done = await runSlices({
    count: 1000,
    module: import.meta.url,
    work: async (task: { first: number; count: number }) => task,
    task: (first, count) => {
      expect(first).toBe(next);
      next += count;
      waiting++;
      expect(waiting).toBe(1);
      return { first, count };
    },
    done: (part, first, count) => {
      waiting--;
      expect(part).toEqual({ first, count });
    },
  });
  expect(done).toBe(1000);
  expect(next).toBe(1000);
});

test('what a slice throws ends the run', async () => {
  const run = runSlices({
    count: 10,
    module: import.meta.url,
    work: async () => {
      throw new RangeError('broken image');
    },
    task: () => 0,
    done: () => {},
  });
  await expect(run).rejects.toThrow('broken image');
});
