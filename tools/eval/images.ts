/** Which images of a data set an evaluation takes. */
import { InvalidArgumentError } from 'commander';

/** Every `stride`-th image from `first` on, `count` of them. */
export interface Images {
  first: number;
  stride: number;
  count: number;
}

/** `--shard i/n`: i from 1 to n. */
export interface Shard {
  index: number;
  of: number;
}

export function parseShard(text: string): Shard {
  const [, index, of] = /^(\d{1,9})\/(\d{1,9})$/.exec(text)?.map(Number) ?? [];
  if (index === undefined || of === undefined || index < 1 || index > of)
    throw new InvalidArgumentError('give i/n, like 1/4, with i from 1 to n');
  return { index, of };
}

/**
 * Shard i of n takes every n-th image from the i-th on: all cost the same, and each is a fair sample even of data
 * sorted by class. `end` is the first image after the range.
 */
export function imagesOfShard(first: number, end: number, { index, of }: Shard): Images {
  const left = end - first - (index - 1);
  return { first: first + index - 1, stride: of, count: Math.max(0, Math.ceil(left / of)) };
}

/** The images in words: "0–99" or "2, 5, … 98". */
export function imagesInWords({ first, stride, count }: Images): string {
  const last = first + (count - 1) * stride;
  if (count === 1) return String(first);
  if (stride === 1) return `${first}–${last}`;
  return count === 2 ? `${first}, ${last}` : `${first}, ${first + stride}, … ${last}`;
}
