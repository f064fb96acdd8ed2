/** Scales and shifts of channels, folded into the layer before them, into a sum, or into the layer after them. */

import { MOST_SCALES } from '../../limits.ts';
import type { Layer } from '../../network.ts';
import { inputOf, isAffine, isSingle, readAffine } from './affine.ts';
import type { Affine } from './batchnorm.ts';
import { FLATTEN, POOL } from './dense.ts';
import { type Linear, WEIGHTED } from './linear.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { badNode, tooManyScales } from './refusal.ts';
import { isPass, isSum } from './scalar.ts';
import { throughPass } from './wiring.ts';

/** Behind weights: computed in double, rounded to float32 once. */
export function foldBehind(graph: Wired, linear: Linear, node: OnnxNode): void {
  const { scale, shift } = readAffine(graph, node, linear.outputs, linear.conv === undefined ? 0 : 2);
  const perOutput = linear.weights.length / linear.outputs;
  linear.weights = linear.weights.map((w, i) => w * (scale[Math.floor(i / perOutput)] as number));
  linear.bias = linear.bias.map((b, c) => b * (scale[c] as number) + (shift[c] as number));
}

/** y = scale·(Σ branches + bias) + shift: every branch is scaled, the shift counts once. */
export function foldIntoSum(layer: Layer, { scale, shift }: Affine): void {
  for (const s of layer.projections) {
    if (s.kind !== 'conv' && s.kind !== 'pooled') continue;
    const perOutput = s.weights.length / layer.shape[0];
    s.weights = s.weights.map((w, i) => w * (scale[Math.floor(i / perOutput)] as number));
  }
  layer.bias = layer.bias.map((b, c) => b * (scale[c] as number) + (shift[c] as number));
}

/**
 * Before weights, where what it scales are neurons or pixels: folded into the weights that read it. A shift only without
 * padding, whose zeros it does not move.
 * @returns the nodes folded; the layer's source is before them
 */
export function absorbBefore(graph: Wired, linear: Linear): OnnxNode[] {
  const absorbed: OnnxNode[] = [];
  const between = (node: OnnxNode): boolean =>
    isPass(node) || (linear.conv === undefined && (FLATTEN.has(node.op) || POOL.has(node.op)));
  for (let node = graph.producers.get(linear.source); node !== undefined; ) {
    if (isAffine(graph, node) && (!isSingle(graph, node) || isOfImage(graph, node))) {
      if (isLayer(graph, node)) return absorbed;
      foldBefore(graph, linear, node);
      absorbed.push(node);
      if (absorbed.length > MOST_SCALES) throw tooManyScales(graph, node);
    } else if (!between(node)) break;
    const input = isAffine(graph, node) ? inputOf(graph, node) : (node.inputs[0] as string);
    if (linear.conv !== undefined) linear.source = input;
    node = graph.producers.get(input);
  }
  return absorbed;
}

/** Nothing but views between it and the image: no activation that its one number could belong to. */
function isOfImage(graph: Wired, node: OnnxNode): boolean {
  for (let at: OnnxNode | undefined = node; at !== undefined; ) {
    if (!isAffine(graph, at) && !isPass(at) && !FLATTEN.has(at.op)) return false;
    const input: string = isAffine(graph, at) ? inputOf(graph, at) : (at.inputs[0] as string);
    at = graph.producers.get(input);
  }
  return true;
}

/** It comes after weights, or a sum of them: the layer there has yet to find its activation. */
function isLayer(graph: Wired, node: OnnxNode): boolean {
  for (let at = throughPass(graph, inputOf(graph, node)); ; ) {
    const maker = graph.producers.get(at);
    if (maker === undefined) return false;
    if (WEIGHTED.has(maker.op) || isSum(graph, maker)) return true;
    if (!isAffine(graph, maker)) return false;
    at = throughPass(graph, inputOf(graph, maker));
  }
}

function foldBefore(graph: Wired, linear: Linear, node: OnnxNode): void {
  const channels = channelsOf(graph, node, linear);
  const { scale, shift } = readAffine(graph, node, channels, axesBefore(graph, linear, node));
  const { conv, weights, bias, outputs } = linear;
  const isPadded = conv !== undefined && (conv.pads.some((p) => p > 0) || conv.autoPad.startsWith('SAME'));
  if (isPadded && shift.some((s) => s !== 0)) {
    const what = `comes before the padded "${linear.node.name}", whose zeros it does not shift`;
    throw badNode(graph, node, `${what}; put it after the convolution, or use --mean and --std for pixels`);
  }
  const perGroup = linear.inputs / (conv?.groups ?? 1);
  const taps = weights.length / outputs / perGroup;
  if (linear.inputs % channels !== 0)
    throw badNode(graph, node, `${channels} channels before ${linear.inputs} inputs; the file is damaged`);
  // Flattened channel by channel, a channel is as many inputs as it has positions; or position by position.
  const share = linear.inputs / channels;
  const isLast = conv === undefined && graph.channelsLast.rows.has(linear.source);
  const added = new Float64Array(outputs);
  linear.weights = weights.map((w, i) => {
    const o = Math.floor(i / taps / perGroup);
    const first = Math.floor(o / (outputs / (conv?.groups ?? 1))) * perGroup;
    const input = first + (Math.floor(i / taps) % perGroup);
    const channel = isLast ? input % channels : Math.floor(input / share);
    added[o] = (added[o] as number) + w * (shift[channel] as number);
    return w * (scale[channel] as number);
  });
  linear.bias = bias.map((b, o) => b + (added[o] as number));
}

/** As many as its constants have: what it scales is not a layer yet. */
function channelsOf(graph: Wired, node: OnnxNode, linear: Linear): number {
  const name =
    node.op === 'BatchNormalization' ? node.inputs[1] : node.inputs.find((i) => graph.constants.has(i));
  return graph.constants.get(name ?? '')?.values.length ?? linear.inputs;
}

/** Of a map, two; none behind a Flatten, which is met first on the way back from the weights. */
function axesBefore(graph: Wired, linear: Linear, node: OnnxNode): number {
  if (linear.conv !== undefined) return 2;
  for (let at = linear.source; ; ) {
    const maker = graph.producers.get(at);
    if (maker === undefined || maker === node) return 0;
    if (FLATTEN.has(maker.op) || POOL.has(maker.op)) return 2;
    at = isAffine(graph, maker) ? inputOf(graph, maker) : (maker.inputs[0] as string);
  }
}
