import { expect, test } from 'vitest';
import { countRight, rightOf, shareOf } from '../../tools/tune/right.ts';

test('answers are compared with the labels of their own images', () => {
  const scores = [
    [0, 3, 1],
    [2, 1, 0],
    [0, 0, 5],
  ];
  const seen: number[] = [];
  const right = rightOf([1, 1, 2], 3, (image) => {
    seen.push(image);
    return scores[image] as number[];
  });
  expect(right).toEqual([true, false, true]);
  expect(seen).toEqual([0, 1, 2]);
  expect(countRight(right)).toBe(2);
  expect(shareOf(right)).toBeCloseTo(2 / 3, 12);
});
