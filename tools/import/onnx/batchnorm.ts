/** Batch normalization, folded into the layer before it, into a sum, or into the layer after it. */
import { numberOf } from './attributes.ts';
import { FLATTEN, POOL } from './dense.ts';
import { type Linear, trained, WEIGHTED } from './linear.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { badNode } from './refusal.ts';
import { isPass, isSum } from './scalar.ts';
import { throughPass } from './wiring.ts';

const DEFAULT_EPSILON = 1e-5;

/** What it does to one channel: y = scale·x + shift; γ·(x − μ)/√(σ² + ε) + β in double. */
export interface Affine {
  scale: Float64Array;
  shift: Float64Array;
}

/** `channels` undefined: as many as it has. */
export function readBatchNorm(graph: Wired, node: OnnxNode, channels?: number): Affine {
  if (numberOf(graph, node, 'training_mode', 0) !== 0)
    throw badNode(graph, node, 'exported in training mode; call eval() before the export');
  const all = [1, 2, 3, 4].map((i) => trained(graph, node, i).values);
  const [gamma, beta, mean, variance] = all as [Float32Array, Float32Array, Float32Array, Float32Array];
  const wanted = channels ?? gamma.length;
  const odd = all.find((values) => values.length !== wanted);
  if (odd !== undefined)
    throw badNode(graph, node, `${odd.length} channels where its layer has ${wanted}; the file is damaged`);
  const epsilon = numberOf(graph, node, 'epsilon', DEFAULT_EPSILON);
  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt((variance[c] as number) + epsilon));
  const wrong = scale.findIndex((s) => !Number.isFinite(s));
  if (wrong >= 0) {
    const what = `variance ${variance[wrong]} of channel ${wrong} is negative or zero`;
    throw badNode(graph, node, `${what}; train again`);
  }
  return { scale, shift: scale.map((s, c) => (beta[c] as number) - (mean[c] as number) * s) };
}

/** Behind weights: rounded to float32 once. */
export function foldBatchNorm(graph: Wired, linear: Linear, node: OnnxNode): void {
  const { scale, shift } = readBatchNorm(graph, node, linear.outputs);
  const perOutput = linear.weights.length / linear.outputs;
  linear.weights = linear.weights.map((w, i) => w * (scale[Math.floor(i / perOutput)] as number));
  linear.bias = linear.bias.map((b, c) => b * (scale[c] as number) + (shift[c] as number));
}

/**
 * Before weights, where what it normalises are neurons or pixels: folded into the weights that read it. Sound only
 * without padding, whose zeros it does not shift.
 * @returns the nodes folded; the layer's source is before them
 */
export function absorbBatchNorms(graph: Wired, linear: Linear): OnnxNode[] {
  const absorbed: OnnxNode[] = [];
  const between = (node: OnnxNode): boolean =>
    isPass(node) || (linear.conv === undefined && (FLATTEN.has(node.op) || POOL.has(node.op)));
  for (let node = graph.producers.get(linear.source); node !== undefined; ) {
    if (node.op === 'BatchNormalization') {
      if (isLayer(graph, node)) return absorbed;
      foldBefore(graph, linear, node);
      absorbed.push(node);
    } else if (!between(node)) break;
    const input = node.inputs[0] as string;
    if (linear.conv !== undefined) linear.source = input;
    node = graph.producers.get(input);
  }
  return absorbed;
}

/** It comes after weights, or a sum of them: the layer there has yet to find its activation. */
function isLayer(graph: Wired, node: OnnxNode): boolean {
  const maker = graph.producers.get(throughPass(graph, node.inputs[0] as string));
  return maker !== undefined && (WEIGHTED.has(maker.op) || isSum(graph, maker));
}

function foldBefore(graph: Wired, linear: Linear, node: OnnxNode): void {
  const { scale, shift } = readBatchNorm(graph, node);
  const { conv, weights, bias, outputs } = linear;
  if (conv !== undefined && (conv.pads.some((p) => p > 0) || conv.autoPad.startsWith('SAME'))) {
    const what = `comes before the padded "${linear.node.name}", whose zeros it does not shift`;
    throw badNode(graph, node, `${what}; put it after the convolution, or use --mean and --std for pixels`);
  }
  const perGroup = linear.inputs / (conv?.groups ?? 1);
  const taps = weights.length / outputs / perGroup;
  if (linear.inputs % scale.length !== 0)
    throw badNode(
      graph,
      node,
      `${scale.length} channels before ${linear.inputs} inputs; the file is damaged`,
    );
  // Flattened channel by channel, a channel is as many inputs as it has positions.
  const share = linear.inputs / scale.length;
  const added = new Float64Array(outputs);
  linear.weights = weights.map((w, i) => {
    const o = Math.floor(i / taps / perGroup);
    const first = Math.floor(o / (outputs / (conv?.groups ?? 1))) * perGroup;
    const channel = Math.floor((first + (Math.floor(i / taps) % perGroup)) / share);
    added[o] = (added[o] as number) + w * (shift[channel] as number);
    return w * (scale[channel] as number);
  });
  linear.bias = bias.map((b, o) => b + (added[o] as number));
}
