import { expect, test } from 'vitest';
import { Pace, runSlices } from '../../tools/run/threads.ts';

test('slices grow to a fifth of a second of cheap images, and stay single for dear ones', () => {
  const cheap = new Pace();
  const sizes: number[] = [];
  for (let i = 0; i < 8; i++) {
    const size = cheap.size(1e6, 4);
    sizes.push(size);
    cheap.learn(size, size * 2);
  }
  expect(sizes).toEqual([1, 4, 16, 64, 100, 100, 100, 100]);
  const dear = new Pace();
  for (let i = 0; i < 5; i++) {
    expect(dear.size(1e6, 4)).toBe(1);
    dear.learn(1, 3000);
  }
});

test('the last slices are shared among the threads', () => {
  const pace = new Pace();
  pace.learn(400, 100);
  expect(pace.size(1e6, 4)).toBe(500);
  expect(pace.size(100, 4)).toBe(25);
  expect(pace.size(1, 4)).toBe(1);
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
