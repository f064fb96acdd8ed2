/** BatchNormalization as a scale and a shift per channel. */
import { numberOf } from './attributes.ts';
import { trained } from './linear.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { badNode } from './refusal.ts';

const DEFAULT_EPSILON = 1e-5;

/** What happens to each channel: y = scale·x + shift. */
export interface Affine {
  scale: Float64Array;
  shift: Float64Array;
}

/** γ·(x − μ)/√(σ² + ε) + β in double. */
export function readBatchNorm(graph: Wired, node: OnnxNode, channels: number): Affine {
  if (numberOf(graph, node, 'training_mode', 0) !== 0)
    throw badNode(graph, node, 'exported in training mode; call eval() before the export');
  const all = [1, 2, 3, 4].map((i) => trained(graph, node, i).values);
  const [gamma, beta, mean, variance] = all as [Float32Array, Float32Array, Float32Array, Float32Array];
  const odd = all.find((values) => values.length !== channels);
  if (odd !== undefined)
    throw badNode(graph, node, `${odd.length} channels where its layer has ${channels}; the file is damaged`);
  const epsilon = numberOf(graph, node, 'epsilon', DEFAULT_EPSILON);
  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt((variance[c] as number) + epsilon));
  const wrong = scale.findIndex((s) => !Number.isFinite(s));
  if (wrong >= 0) {
    const what = `variance ${variance[wrong]} of channel ${wrong} is negative or zero`;
    throw badNode(graph, node, `${what}; train again`);
  }
  return { scale, shift: scale.map((s, c) => (beta[c] as number) - (mean[c] as number) * s) };
}
