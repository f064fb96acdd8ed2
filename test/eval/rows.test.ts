import { expect, test } from 'vitest';
import { namedRows, rowsOf, wilson } from '../../tools/eval/rows.ts';
import { emptyTally, type NetworkFacts } from '../../tools/eval/tally.ts';

test.each([
  [10, 20, 0.2993, 0.7007],
  [0, 10, 0, 0.2775],
  [10, 10, 0.7225, 1],
  [9929, 10000, 0.99105, 0.99437],
])('Wilson’s interval of %i of %i', (right, n, low, high) => {
  const interval = wilson(right, n);
  expect(interval[0]).toBeCloseTo(low, 4);
  expect(interval[1]).toBeCloseTo(high, 4);
});

test('a fixed row is read at the fewest steps within 0.1 point of the best, with the work until then', () => {
  const network: NetworkFacts = {
    name: 'n',
    steps: 3,
    layers: ['a', 'b'],
    exits: [[0], [0, 1]],
    image_macs: 10,
  };
  const tally = emptyTally(3, 2, 2);
  tally.right = [500, 999, 1000, 10, 20, 30];
  tally.fused_right = [1000, 1000, 1000];
  tally.sops = [2000, 7, 4000, 11, 8000, 13];
  tally.stopped = [0, 600, 0, 400, 0, 0];
  tally.stopped_right = [0, 600, 0, 300, 0, 0];
  tally.stopped_sops = [100, 900];
  const { early, final, fused, stopped } = rowsOf(network, tally);
  expect(early).toMatchObject({ accuracy: 0.999, steps: 2, sops: 6, energy_pj: 6 * 0.9 + 46 });
  expect(final).toMatchObject({ accuracy: 0.03, steps: 3, sops: 14.031 });
  expect(fused).toMatchObject({ accuracy: 1, steps: 1, sops: 2.007 });
  expect(stopped).toMatchObject({
    accuracy: 0.9,
    steps: 1.4,
    sops: 1,
    histogram: [
      [0, 600],
      [0, 400],
      [0, 0],
    ],
  });
});

test.each([
  [1, ['all steps', 'stopping per image']],
  [2, ['intermediate exit only', 'final exit only', 'fused', 'fused, stopping per image']],
  [
    4,
    [
      'intermediate exit 1 only',
      'intermediate exit 2 only',
      'intermediate exit 3 only',
      'final exit only',
      'fused',
      'fused, stopping per image',
    ],
  ],
])('%i exits have a row each', (exits, names) => {
  const tally = emptyTally(1, 1, exits);
  tally.stopped[0] = 1;
  const network = {
    name: 'n',
    steps: 1,
    layers: ['a'],
    exits: new Array<number[]>(exits).fill([0]),
    image_macs: 0,
  };
  expect(namedRows(rowsOf(network, tally)).map(([name]) => name)).toEqual(names);
});
