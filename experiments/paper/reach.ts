/** The paper's yardstick: when a share of the ANN's accuracy is reached, and at what cost. */
import { uniform } from '../../tools/data/random.ts';

/** What one way to answer gave, on every image after every step. */
export interface Way {
  name: string;
  /** [step][image], whether the answer was right. */
  right: Uint8Array[];
  /** Mean SOPs per image up to and with each step. */
  sops: number[];
  /** Energy of one step by SpikeSim, in pJ. */
  stepPj: number;
}

export interface Reached {
  /** As the authors count: a spike is read one step after it was fired. */
  step: number;
  sops: number;
  pj: number;
}

/** Steps of the authors' count that pass before the first spike is read. */
const LATE = 1;
/** Resamplings of an interval. */
const RESAMPLINGS = 200;

/** @returns the first step at which so many are right, or undefined */
export function reach(way: Way, accuracy: number): Reached | undefined {
  return at(way, firstOf(curveOf(way), accuracy));
}

function firstOf(curve: number[], accuracy: number): number {
  return curve.findIndex((a) => a >= accuracy);
}

function at(way: Way, index: number): Reached | undefined {
  if (index < 0) return undefined;
  const step = index + 1 + LATE;
  return { step, sops: way.sops[index] as number, pj: step * way.stepPj };
}

/** Accuracy after every step. */
export function curveOf({ right }: Way): number[] {
  return right.map((images) => images.reduce((n, r) => n + r, 0) / images.length);
}

export interface Saved {
  /** Percent of the energy, of the steps and of the SOPs that `than` takes. */
  energy: number;
  steps: number;
  sops: number;
  /** Of the energy, 95 %, over images drawn again; undefined where a draw never reaches it. */
  interval: [low: number, high: number] | undefined;
}

/** What a way saves against another one at the same accuracy. */
export function saved(way: Way, than: Way, accuracy: number): Saved | undefined {
  const [a, b] = [reach(way, accuracy), reach(than, accuracy)];
  if (a === undefined || b === undefined) return undefined;
  return {
    energy: percentSaved(a.pj, b.pj),
    steps: percentSaved(a.step, b.step),
    sops: percentSaved(a.sops, b.sops),
    interval: interval(way, than, accuracy),
  };
}

function percentSaved(a: number, b: number): number {
  return 100 * (1 - a / b);
}

/** Percentiles of the bootstrap (Efron 1979); both ways see the same images. */
function interval(way: Way, than: Way, accuracy: number): Saved['interval'] {
  const random = uniform(1);
  const images = way.right[0]?.length as number;
  const drawn: number[] = [];
  for (let n = 0; n < RESAMPLINGS; n++) {
    const times = new Uint8Array(images);
    for (let i = 0; i < images; i++) {
      const image = Math.floor(random() * images);
      times[image] = (times[image] as number) + 1;
    }
    const [a, b] = [way, than].map((w) => at(w, firstWeighted(w, times, accuracy * images)));
    if (a === undefined || b === undefined) return undefined;
    drawn.push(percentSaved(a.pj, b.pj));
  }
  drawn.sort((a, b) => a - b);
  const place = (share: number): number => drawn[Math.round(share * (RESAMPLINGS - 1))] as number;
  return [place(0.025), place(0.975)];
}

function firstWeighted({ right }: Way, times: Uint8Array, wanted: number): number {
  return right.findIndex((images) => {
    let sum = 0;
    for (let i = 0; i < images.length; i++) sum += (images[i] as number) * (times[i] as number);
    return sum >= wanted;
  });
}

/**
 * Area under accuracy over energy up to `pj`, in pJ, by trapezoids, as the authors' program has it: from the first step
 * on, to the last one that ends by then.
 */
export function area(way: Way, pj: number): number {
  // In their first step nothing is read yet, no more than in ours.
  const curve = curveOf(way);
  const accuracy = [curve[0] as number, ...curve];
  let sum = 0;
  for (let i = 1; i < accuracy.length && (i + 1) * way.stepPj <= pj; i++)
    sum += (((accuracy[i - 1] as number) + (accuracy[i] as number)) / 2) * way.stepPj;
  return sum;
}
