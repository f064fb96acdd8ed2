/** What to do instead of an operator that has no place in a spiking network, or not in this one. */
import { FLATTEN, POOL } from './dense.ts';
import type { OnnxGraph, OnnxNode, Wired } from './nodes.ts';
import { operatorOf, SUPPORTED } from './operators.ts';
import { badFile, badNode, badNodes, badOperator, type Refusal } from './refusal.ts';
import type { Region } from './scalar.ts';

export function refuseOperator(graph: OnnxGraph, node: OnnxNode): Refusal {
  if (POOL.has(node.op) || FLATTEN.has(node.op))
    return badNode(graph, node, 'must stand directly before a dense layer');
  return badOperator(
    graph,
    node,
    `operator not supported here; ${operatorOf(node.op)?.rewrite ?? SUPPORTED}`,
  );
}

/** A batch normalization, a bias or an activation that does not come after weights. */
export function refuseNotFoldable(graph: Wired, node: OnnxNode | undefined, before: string): Error {
  if (node === undefined) return badFile(graph.file, 'no layer between image and output; export the network');
  const advice =
    node.op === 'BatchNormalization'
      ? 'put it between the convolution and its activation'
      : 'only a convolution or dense layer may stand there; normalize the images outside the network';
  return badNode(graph, node, `comes directly after ${before}; ${advice}`);
}

/** A function between two layers that spiking neurons cannot stand for, or one where none may be. */
export function refuseActivation(
  graph: Wired,
  { nodes, source }: Region,
  weighted: OnnxNode,
  isKnown: boolean,
  isExit: boolean,
): Error {
  if (isExit) return badNodes(graph, nodes, 'comes after the classes; export the logits', source);
  if (isKnown || nodes.length === 0)
    return badNode(graph, weighted, 'no activation after it; add a ReLU or QCFS', 'behind');
  const what = 'not ReLU, LeakyReLU, clipped ReLU or QCFS; train with one of these';
  return badNodes(graph, nodes, what, source);
}

/** Trained as spikes: found before anything else, because their steps make a graph that nothing else explains. */
export function refuseSpiking(graph: OnnxGraph): void {
  const [first, ...more] = graph.nodes.filter((n) => COMPARISONS.has(n.op));
  if (first === undefined) return;
  const { what } = refuseOperator(graph, first);
  throw badOperator(graph, first, more.length === 0 ? what : `${what} (and ${more.length} more like it)`);
}

const COMPARISONS = new Set(['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual']);
