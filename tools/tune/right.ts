/** Answers compared with labels, one by one: what two networks, or two numbers of steps, are compared by. */
import { argmax } from '../run/traces.ts';

/** @returns per image, whether the class of the highest score is its label */
export function rightOf(
  labels: ArrayLike<number>,
  count: number,
  scores: (image: number) => ArrayLike<number>,
): boolean[] {
  return Array.from({ length: count }, (_, i) => argmax(scores(i)) === labels[i]);
}

export function countRight(right: boolean[]): number {
  return right.filter((r) => r).length;
}

export function shareOf(right: boolean[]): number {
  return countRight(right) / right.length;
}
