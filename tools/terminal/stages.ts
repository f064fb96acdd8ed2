/** How long work tells what it found: a line for people, the same facts for machines. */

/** One stage of a conversion or a tuning. */
export interface Stage {
  stage: string;
  text: string;
  facts: Record<string, unknown>;
}

export type Report = (stage: Stage) => void;

export function percent(values: number[]): string {
  return values.map((v) => `${(100 * v).toFixed(2)} %`).join(' / ');
}

/** How many images a share is of; of few, how far the truth may be away (Wilson's interval at 95 %, half its width). */
export function ofImages(share: number, images: number): string {
  if (images >= MANY) return `${images} images`;
  const z2 = 1.96 ** 2;
  const half = Math.sqrt(z2 * (share * (1 - share) * images + z2 / 4)) / (images + z2);
  return `${images} images (±${(100 * half).toFixed(1)} points)`;
}

/** From here on an interval is narrow enough to be left out. */
const MANY = 1000;

/** A few steps of a curve, in words. */
export function sampleSteps(accuracy: number[]): string {
  return atSteps(accuracy.map((a) => percent([a])));
}

/** The same of any values, given per step. */
export function atSteps(values: string[]): string {
  const steps = [1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 512, 1024].filter((s) => s < values.length);
  return [...steps, values.length].map((s) => `${values[s - 1]} at step ${s}`).join(', ');
}
