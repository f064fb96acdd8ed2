/** Pad: zeros around a map become the padding of the convolution that reads it, however lopsided. */
import { numbersOf } from './attributes.ts';
import type { Linear } from './linear.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { badNode } from './refusal.ts';
import { throughPass } from './wiring.ts';

/** Moves the pads before `linear` into it. */
export function absorbPad(graph: Wired, linear: Linear): void {
  const { conv } = linear;
  const node = graph.producers.get(throughPass(graph, linear.source));
  if (conv === undefined || node?.op !== 'Pad') return;
  const [before, after] = padsOf(graph, node);
  const [top, left, bottom, right] = conv.pads;
  if (conv.autoPad.startsWith('SAME'))
    throw badNode(graph, node, `before a convolution of auto_pad ${conv.autoPad}; export with explicit pads`);
  conv.pads = [top + before[0], left + before[1], bottom + after[0], right + after[1]];
  linear.source = node.inputs[0] as string;
}

/** Of height and width. */
function padsOf(graph: Wired, node: OnnxNode): [before: [number, number], after: [number, number]] {
  const mode = node.attributes.get('mode') ?? 'constant';
  if (mode !== 'constant') throw badNode(graph, node, `mode ${mode} is not supported; pad with zeros`);
  const value = graph.constants.get(node.inputs[2] ?? '')?.values[0] ?? 0;
  if (value !== 0) throw badNode(graph, node, `pads with ${value}; pad with zeros`);
  const pads =
    numbersOf(graph, node, 'pads') ?? Array.from(graph.constants.get(node.inputs[1] ?? '')?.values ?? []);
  const [n, c, top, left, n2, c2, bottom, right] = pads;
  if (pads.length !== 8 || [n, c, n2, c2].some((p) => p !== 0) || pads.some((p) => p < 0))
    throw badNode(graph, node, `pads ${pads.join(',') || 'unknown'}; only height and width can be padded`);
  return [
    [top as number, left as number],
    [bottom as number, right as number],
  ];
}
