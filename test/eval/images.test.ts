import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Images, imagesInWords, imagesOfShard, parseShard } from '../../tools/eval/images.ts';

const listed = ({ first, stride, count }: Images): number[] =>
  Array.from({ length: count }, (_, i) => first + i * stride);

test('shards share the images of a range out: each once, sizes within one', () => {
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 20 }),
      (first, n, of) => {
        const shards = Array.from({ length: of }, (_, i) =>
          listed(imagesOfShard(first, first + n, { index: i + 1, of })),
        );
        const expected = Array.from({ length: n }, (_, i) => first + i);
        expect(shards.flat().sort((a, b) => a - b)).toEqual(expected);
        const sizes = shards.map((s) => s.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test('--shard', () => {
  expect(parseShard('2/3')).toEqual({ index: 2, of: 3 });
  for (const wrong of ['0/3', '4/3', 'a/b', '1', '1/', '/3', '1/0', '-1/3', '1.5/3', '1/3/5', ''])
    expect(() => parseShard(wrong), wrong).toThrow('give i/n, like 1/4');
});

test('images in words', () => {
  expect(imagesInWords({ first: 5, stride: 1, count: 10 })).toBe('5–14');
  expect(imagesInWords({ first: 1, stride: 3, count: 4 })).toBe('1, 4, … 10');
  expect(imagesInWords({ first: 1, stride: 3, count: 2 })).toBe('1, 4');
  expect(imagesInWords({ first: 1, stride: 3, count: 1 })).toBe('1');
});
