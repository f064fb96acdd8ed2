/** Images that lie class by class are mixed before anybody takes the first of them. */
import { expect, test } from 'vitest';
import type { Dataset } from '../../tools/data/dataset.ts';
import { mixed } from '../../tools/data/mixed.ts';
import { uniform } from '../../tools/data/random.ts';

/** Two pixels each: its number, and its label. */
function dataset(labels: number[]): Dataset {
  const images = Uint8Array.from(labels.flatMap((label, i) => [i, label]));
  return { count: labels.length, height: 1, width: 2, channels: 1, images, labels: Uint8Array.from(labels) };
}

test.each<[string, number[]]>([
  ['sorted', Array.from({ length: 200 }, (_, i) => Math.floor(i / 20))],
  ['class after class, in any order', Array.from({ length: 200 }, (_, i) => (7 * Math.floor(i / 40)) % 5)],
  ['two classes of unequal size', Array.from({ length: 200 }, (_, i) => Number(i >= 190))],
])('%s', (_, labels) => {
  const data = dataset(labels);
  const found = mixed(data);
  expect([...found.labels].sort()).toEqual([...labels].sort());
  for (let i = 0; i < found.count; i++) {
    // Labels stay with their images.
    expect(found.images[2 * i + 1]).toBe(found.labels[i]);
    expect(labels[found.images[2 * i] as number]).toBe(found.labels[i]);
  }
  expect(new Set(found.images.filter((_, i) => i % 2 === 0)).size).toBe(200);
  const half = found.labels.subarray(0, 100);
  expect(new Set(half).size).toBe(new Set(labels).size);
  expect(mixed(data)).toEqual(found);
});

test.each<[string, number[]]>([
  [
    'random ones',
    Array.from(
      { length: 200 },
      (() => {
        const next = uniform(3);
        return () => Math.floor(next() * 10);
      })(),
    ),
  ],
  ['one after the other', Array.from({ length: 200 }, (_, i) => i % 10)],
  ['few', [0, 0, 0, 1, 1, 1]],
  ['one class', new Array<number>(200).fill(3)],
])('left as they are: %s', (_, labels) => {
  const data = dataset(labels);
  expect(mixed(data)).toBe(data);
});
