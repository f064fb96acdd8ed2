/** Pad: zeros around a map become the padding of the convolution or the pool that reads it, however lopsided. */
import { listOf } from './attributes.ts';
import type { Window } from './convolution.ts';
import type { Linear } from './linear.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { badNode } from './refusal.ts';
import { throughPass } from './wiring.ts';

/** Moves the pads before `linear` into it. */
export function absorbPad(graph: Wired, linear: Linear): void {
  if (linear.conv === undefined) return;
  const { tensor, window } = padded(graph, linear.source, linear.conv);
  linear.source = tensor;
  linear.conv.pads = window.pads;
}

/** What a window reads that slides over this tensor: the tensor before a Pad, with its pads. */
export function padded<W extends Window>(
  graph: Wired,
  tensor: string,
  window: W,
): { tensor: string; window: W } {
  const node = graph.producers.get(throughPass(graph, tensor));
  if (node?.op !== 'Pad') return { tensor, window };
  const [before, after] = padsOf(graph, node);
  const [top, left, bottom, right] = window.pads;
  if (window.autoPad.startsWith('SAME'))
    throw badNode(graph, node, `before a window of auto_pad ${window.autoPad}; export with explicit pads`);
  const pads: Window['pads'] = [top + before[0], left + before[1], bottom + after[0], right + after[1]];
  return { tensor: node.inputs[0] as string, window: { ...window, pads } };
}

/** Of height and width. */
function padsOf(graph: Wired, node: OnnxNode): [before: [number, number], after: [number, number]] {
  const pads = readPads(graph, node);
  const [n, c, top, left, n2, c2, bottom, right] = pads;
  if ([n, c, n2, c2].some((p) => p !== 0) || pads.some((p) => p < 0))
    throw badNode(graph, node, `pads ${pads.join(',')}; only height and width can be padded`);
  return [
    [top, left],
    [bottom, right],
  ];
}

type Pads = [number, number, number, number, number, number, number, number];

/** Before batch, channels, height and width, then behind them. @throws Refusal where it pads with other than zeros */
export function readPads(graph: Wired, node: OnnxNode): Pads {
  const mode = node.attributes.get('mode') ?? 'constant';
  if (mode !== 'constant') throw badNode(graph, node, `mode ${mode} is not supported; pad with zeros`);
  const constant = (input: number): number[] | undefined => {
    const values = graph.constants.get(node.inputs[input] ?? '')?.values;
    return values === undefined ? undefined : Array.from(values);
  };
  const value = constant(2)?.[0] ?? node.attributes.get('value') ?? 0;
  if (value !== 0 || (node.inputs[2] && constant(2) === undefined))
    throw badNode(graph, node, `pads with ${value || 'a computed value'}; pad with zeros`);
  const listed = listOf(graph, node, 'pads', 1) ?? [];
  const axes = node.inputs[3] ? (constant(3) ?? []) : [0, 1, 2, 3];
  const pads: Pads = [0, 0, 0, 0, 0, 0, 0, 0];
  const places = axes.map((a) => (a < 0 ? a + 4 : a));
  if (listed.length === 0 || listed.length !== 2 * axes.length || places.some((a) => pads[a] !== 0))
    throw badNode(graph, node, `pads ${listed.join(',') || 'unknown'}; only height and width can be padded`);
  places.forEach((a, i) => {
    pads[a] = listed[i] as number;
    pads[a + 4] = listed[i + axes.length] as number;
  });
  return pads;
}
