/** The best fixed number of time steps, which early stopping has to be measured against. */
import { countRight } from './right.ts';

/** A lead of so many standard deviations, of more than one image, and of more than one in a thousand, is no luck. */
const SIGMAS = 0.5;
const SHARE = 0.001;

/**
 * More steps are not always better: a network of L levels becomes one of L·T levels after T steps, and where it was
 * trained to ignore what rounds to zero, it was not trained for that.
 * @param right [step][image], whether the answer was
 * @returns the first step that no other one leads by more than luck, counted from 1
 */
export function bestStep(right: boolean[][]): number {
  const counts = right.map(countRight);
  const best = right[counts.indexOf(Math.max(...counts))] as boolean[];
  return right.findIndex((step) => !leads(best, step)) + 1;
}

/** Whether `a` is right more often than `b` on the same images, by more than luck (McNemar's statistic). */
export function leads(a: boolean[], b: boolean[]): boolean {
  const lead = countRight(a) - countRight(b);
  const differing = a.filter((x, i) => x !== b[i]).length;
  return lead > Math.max(1, SIGMAS * Math.sqrt(differing), SHARE * a.length);
}
