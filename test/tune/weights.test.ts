import { expect, test } from 'vitest';
import { FUSE_ONE } from '../../assembly/shared/format.ts';
import type { Traces } from '../../tools/run/traces.ts';
import { tuneWeights } from '../../tools/tune/weights.ts';
import { Random } from '../models/random.ts';

const [IMAGES, CLASSES] = [600, 5];

/** Two exits in two steps; each says the right class by `lead` of its own noise, which the two do not share. */
function twoExits(leads: [number, number]): { traces: Traces; labels: number[] } {
  const r = new Random(3);
  const noise = (): number => Array.from({ length: 6 }, () => r.int(-50, 50)).reduce((a, b) => a + b, 0);
  const labels = Array.from({ length: IMAGES }, () => r.int(0, CLASSES - 1));
  const evidence = Int32Array.from({ length: IMAGES * 2 * 2 * CLASSES }, (_, at) => {
    const exit = Math.floor(at / CLASSES) % 2;
    const label = labels[Math.floor(at / CLASSES / 4)];
    return noise() + (at % CLASSES === label ? (leads[exit] as number) : 0);
  });
  const none = new Uint32Array(0);
  const shape = { images: IMAGES, steps: 2, exits: 2, classes: CLASSES, layers: 0 };
  return { traces: { ...shape, evidence, sops: none, spikes: none }, labels };
}

function weightsAt(leads: [number, number], step: number): number[] {
  const { traces, labels } = twoExits(leads);
  return tuneWeights(traces, labels, [1, 1])[step - 1]?.[1]?.weights as number[];
}

test('an early exit that knows as much as the last one weighs as much', () => {
  for (const step of [1, 2]) {
    const [early, last] = weightsAt([200, 200], step) as [number, number];
    expect(last).toBe(FUSE_ONE);
    expect(early / FUSE_ONE).toBeGreaterThanOrEqual(0.75);
    expect(early / FUSE_ONE).toBeLessThanOrEqual(1.5);
  }
});

test('one that knows nothing weighs nothing, and one that knows half weighs less', () => {
  expect(weightsAt([0, 200], 1)[0] as number).toBeLessThanOrEqual(FUSE_ONE / 8);
  const half = (weightsAt([100, 200], 1)[0] as number) / FUSE_ONE;
  expect(half).toBeGreaterThan(0.25);
  expect(half).toBeLessThan(1);
});
