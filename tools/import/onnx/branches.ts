/** What is summed into a layer: one weighted operator, or the branches of a residual block, with what is folded into them. */
import type { Layer } from '../../network.ts';
import { type Affine, foldBatchNorm } from './batchnorm.ts';
import { readConvolution } from './convolution.ts';
import { readDense } from './dense.ts';
import { addBias, biasInput, type Linear, WEIGHTED } from './linear.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { isPass, isScalar, isSum } from './scalar.ts';
import { refuseNotFoldable, refuseOperator } from './unsupported.ts';
import { throughPass } from './wiring.ts';

/** One summand of a layer: weights, or the output of another layer as it is. */
export type Part = { node: OnnxNode } & (
  | { linear: Linear; folded: string[]; skip?: never }
  | { skip: string; linear?: never; folded?: never }
);

/** What is summed into a layer: one weighted operator, or the branches of a residual block. */
export function branchesOf(graph: Wired, tensor: string, follower: OnnxNode | undefined): Part[] {
  const at = throughPass(graph, tensor);
  const node = graph.producers.get(at);
  if (node === undefined || !isSum(graph, node)) {
    const { linear, folded } = linearOf(graph, at, follower);
    return [{ node: linear.node, linear, folded }];
  }
  return node.inputs.flatMap((input): Part[] => {
    const branch = throughPass(graph, input);
    const maker = graph.producers.get(branch);
    if (maker !== undefined && isSum(graph, maker)) return branchesOf(graph, branch, node);
    // A branch that ends in an activation, or in the image, is the output of a layer: an identity skip.
    const isOutput = maker === undefined || isScalar(graph, maker) || maker.op === 'AveragePool';
    return isOutput ? [{ node, skip: branch }] : branchesOf(graph, branch, node);
  });
}

/** The sum that batch normalizations follow, and those in the order of computation. */
export function normalizedSum(graph: Wired, tensor: string): { tensor: string; norms: OnnxNode[] } {
  const norms: OnnxNode[] = [];
  for (let at = throughPass(graph, tensor); ; ) {
    const node = graph.producers.get(at);
    if (node !== undefined && isSum(graph, node)) return { tensor: at, norms };
    if (node?.op !== 'BatchNormalization') return { tensor, norms: [] };
    norms.unshift(node);
    at = throughPass(graph, node.inputs[0] as string);
  }
}

/** From the activation back over biases and batch normalizations to the weights. */
function linearOf(
  graph: Wired,
  tensor: string,
  follower: OnnxNode | undefined,
): { linear: Linear; folded: string[] } {
  const after: OnnxNode[] = [];
  for (let at = tensor; ; ) {
    const node = graph.producers.get(at);
    const nearest = after[0] ?? follower;
    if (node === undefined) throw refuseNotFoldable(graph, nearest, 'the image');
    if (WEIGHTED.has(node.op)) {
      const linear = node.op === 'Conv' ? readConvolution(graph, node) : readDense(graph, node);
      for (const next of after) {
        if (next.op === 'BatchNormalization') foldBatchNorm(graph, linear, next);
        else addBias(graph, linear, next);
      }
      const folded = after.filter((n) => n.op === 'BatchNormalization').map((n) => n.name);
      return { linear, folded };
    }
    const bias = biasInput(graph, node);
    const isBias = bias !== undefined && !isScalar(graph, node);
    if (node.op === 'BatchNormalization' || isBias) after.unshift(node);
    else if (isScalar(graph, node) && !isPass(node))
      throw refuseNotFoldable(graph, nearest, `the activation "${node.name}" (${node.op})`);
    else if (!isPass(node)) throw refuseOperator(graph, node);
    at = node.inputs[isBias && bias === 0 ? 1 : 0] as string;
  }
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
