import { expect, test } from 'vitest';
import { levelsOf } from '../../tools/convert/levels.ts';
import type { Activation, Ann } from '../../tools/network.ts';

function network(activations: Activation[]): Ann {
  const all: Activation[] = [...activations, { kind: 'none' }];
  const layers = all.map((activation, i): Ann['layers'][0] => ({
    name: `${i}`,
    tensor: `${i}`,
    shape: [1, 1, 1],
    projections: [],
    bias: new Float32Array(1),
    activation,
  }));
  return { input: [1, 1, 1], layers, exits: [activations.length] };
}

const clip: Activation = { kind: 'clip', ceiling: 6 };
const qcfs = (levels: number): Activation => ({ kind: 'qcfs', levels, ceiling: 1 });

test('the most levels of a layer; none where nothing was trained for any', () => {
  expect(levelsOf(network([qcfs(4), qcfs(8), clip]))).toBe(8);
  expect(levelsOf(network([qcfs(4), { kind: 'relu' }]))).toBeUndefined();
  // ReLU6: single spikes in four steps were worth a guess.
  expect(levelsOf(network([clip, clip]))).toBeUndefined();
});
