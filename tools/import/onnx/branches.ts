/** What is summed into a layer: one weighted operator, or the branches of a residual block, with what is folded into them. */
import { MOST_BRANCHES, MOST_SCALES } from '../../limits.ts';
import { inputOf, isAffine, isSingle } from './affine.ts';
import { readConvolution } from './convolution.ts';
import { readDense } from './dense.ts';
import { foldBehind } from './folding.ts';
import { type Linear, WEIGHTED } from './linear.ts';
import { isMaxPool } from './max.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { beyondLimit, tooManyScales } from './refusal.ts';
import { isPass, isScalar, isSum } from './scalar.ts';
import { type Shortcut, shortcutOf } from './shortcut.ts';
import { refuseNotFoldable, refuseOperator } from './unsupported.ts';
import { throughPass } from './wiring.ts';

/** One summand of a layer: weights, or the output of another layer as it is. */
export type Part = { node: OnnxNode } & (
  | { linear: Linear; folded: string[]; skip?: never }
  | { skip: Shortcut; linear?: never; folded?: never }
);

/** What is summed into a layer: one weighted operator, or the branches of a residual block. */
export function branchesOf(graph: Wired, tensor: string, follower: OnnxNode | undefined): Part[] {
  const parts: Part[] = [];
  // Without recursion, and counted: thirty sums of a sum with itself have a thousand million branches.
  const open = [{ tensor, follower, isSummand: false }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const at = throughPass(graph, next.tensor);
    const node = graph.producers.get(at);
    if (node !== undefined && isSum(graph, node)) {
      if (parts.length + open.length > MOST_BRANCHES)
        throw beyondLimit(graph, node, `sums more than ${MOST_BRANCHES} branches; sum fewer`);
      // The first one next: the order of the layers follows from it.
      const summands = node.inputs.map((input) => ({ tensor: input, follower: node, isSummand: true }));
      open.push(...summands.reverse());
      continue;
    }
    const skip = next.isSummand ? shortcutOf(graph, at) : undefined;
    if (skip !== undefined && isOutput(graph, skip.tensor)) {
      parts.push({ node: skip.nodes.at(-1) ?? (next.follower as OnnxNode), skip });
    } else {
      const { linear, folded } = linearOf(graph, at, next.follower);
      parts.push({ node: linear.node, linear, folded });
    }
  }
  return parts;
}

/** A branch that ends in an activation, or in the image, is the output of a layer: an identity skip. */
function isOutput(graph: Wired, branch: string): boolean {
  for (let at = branch; ; ) {
    const maker = graph.producers.get(at);
    if (maker === undefined || maker.op === 'AveragePool' || isMaxPool(maker)) return true;
    const isScale = isAffine(graph, maker) && maker.op !== 'BatchNormalization';
    if (!isScale || !isSingle(graph, maker)) return isScalar(graph, maker);
    // A scale by one number may belong to either: what it scales tells.
    at = throughPass(graph, inputOf(graph, maker));
  }
}

/** The sum that scales and shifts follow, and those in the order of computation. */
export function normalizedSum(graph: Wired, tensor: string): { tensor: string; norms: OnnxNode[] } {
  const norms: OnnxNode[] = [];
  for (let at = throughPass(graph, tensor); ; ) {
    const node = graph.producers.get(at);
    if (node !== undefined && isSum(graph, node)) return { tensor: at, norms };
    if (node === undefined || !isAffine(graph, node)) return { tensor, norms: [] };
    norms.unshift(node);
    if (norms.length > MOST_SCALES) throw tooManyScales(graph, node);
    at = throughPass(graph, inputOf(graph, node));
  }
}

/** From the activation back over biases, scales and batch normalizations to the weights. */
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
      for (const next of after) foldBehind(graph, linear, next);
      const folded = after.filter((n) => n.op === 'BatchNormalization').map((n) => n.name);
      return { linear, folded };
    }
    if (isAffine(graph, node)) {
      after.unshift(node);
      if (after.length > MOST_SCALES) throw tooManyScales(graph, node);
      at = inputOf(graph, node);
      continue;
    }
    if (isScalar(graph, node) && !isPass(node))
      throw refuseNotFoldable(graph, nearest, `the activation "${node.name}" (${node.op})`);
    if (!isPass(node)) throw refuseOperator(graph, node);
    at = node.inputs[0] as string;
  }
}
