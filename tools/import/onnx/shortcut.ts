/**
 * A skip by slicing and padding, option A of He et al. (2016): every second pixel, and zeros as further channels. It is
 * a convolution with weights of one.
 */
import type { Convolution, Shape } from '../../network.ts';
import { listOf } from './attributes.ts';
import { takeWeights } from './linear.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { readPads } from './pad.ts';
import { badNode } from './refusal.ts';
import { throughPass } from './wiring.ts';

/** Of starts and steps: they are bytes in the file. */
const MOST = 254;

export interface Shortcut {
  /** What it takes its values from. */
  tensor: string;
  /** From there on. */
  nodes: OnnxNode[];
}

/** Pads of channels and slices on the way back from a summand; what is before them may be anything. */
export function shortcutOf(graph: Wired, summand: string): Shortcut {
  const nodes: OnnxNode[] = [];
  for (let at = throughPass(graph, summand); ; ) {
    const node = graph.producers.get(at);
    if (node?.op !== 'Pad' && node?.op !== 'Slice') return { tensor: at, nodes };
    nodes.unshift(node);
    at = throughPass(graph, node.inputs[0] as string);
  }
}

/** The convolution over a map of this shape; without its source. */
export function readShortcut(
  graph: Wired,
  { nodes }: Shortcut,
  shape: Shape,
): { conv: Omit<Convolution, 'source'>; shape: Shape } {
  // Along each axis: value i of the output is value start + i·step of the source.
  const axes = shape.map((size) => ({ start: 0, step: 1, size }));
  for (const node of nodes) {
    const slices = node.op === 'Slice' ? slicesOf(graph, node) : padsOf(graph, node);
    for (const { axis, start, end, step } of slices) {
      const at = axes[axis] as (typeof axes)[0];
      const clamp = (i: number): number =>
        Math.min(at.size, i < 0 && node.op === 'Slice' ? Math.max(0, i + at.size) : i);
      const [first, last] = node.op === 'Slice' ? [clamp(start), clamp(end)] : [start, at.size + end];
      at.start += first * at.step;
      at.step *= step;
      at.size = Math.max(0, Math.ceil((last - first) / step));
    }
  }
  const [channels, height, width] = axes as [Axis, Axis, Axis];
  const [node] = nodes as [OnnxNode];
  if ([height, width].some((a) => a.size < 1 || a.step > MOST || a.start > MOST))
    throw badNode(
      graph,
      node,
      `its slice is empty, or its start or step above ${MOST}; use a 1x1 convolution`,
    );
  const [inputs] = shape;
  const kernel: [number, number] = [height.start + 1, width.start + 1];
  const taps = kernel[0] * kernel[1];
  takeWeights(graph, node, channels.size * inputs * taps);
  const weights = new Float32Array(channels.size * inputs * taps);
  for (let o = 0; o < channels.size; o++) {
    const i = channels.start + o;
    // The last tap: where the slice begins.
    if (i >= 0 && i < inputs) weights[(o * inputs + i + 1) * taps - 1] = 1;
  }
  return {
    conv: { kind: 'conv', weights, groups: 1, kernel, stride: [height.step, width.step], padding: [0, 0] },
    shape: [channels.size, height.size, width.size],
  };
}

interface Axis {
  start: number;
  step: number;
  size: number;
}

interface Range {
  /** Without the batch's. */
  axis: number;
  start: number;
  end: number;
  step: number;
}

function slicesOf(graph: Wired, node: OnnxNode): Range[] {
  const [starts, ends] = [listOf(graph, node, 'starts', 1), listOf(graph, node, 'ends', 2)];
  if (starts === undefined || ends?.length !== starts.length)
    throw badNode(graph, node, 'its bounds are computed, not constant; export with constant folding');
  const axes = listOf(graph, node, 'axes', 3) ?? starts.map((_, i) => i);
  const steps = listOf(graph, node, 'steps', 4) ?? starts.map(() => 1);
  return starts.flatMap((start, i) => {
    const [axis, end, step] = [axes[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1];
    const from = axis < 0 ? axis + 4 : axis;
    const isWhole = start === 0 && end >= 2 ** 31 - 1 && step === 1;
    if (from <= 1 && isWhole) return [];
    if ((from !== 2 && from !== 3) || !Number.isInteger(start) || !Number.isInteger(end) || !(step >= 1))
      throw badNode(
        graph,
        node,
        'only slices forward, by rows and columns, are supported in a skip; use a 1x1 convolution',
      );
    return [{ axis: from - 1, start, end, step }];
  });
}

/** A Pad in front is a start before the first value. */
function padsOf(graph: Wired, node: OnnxNode): Range[] {
  const [n, before, top, left, n2, after, bottom, right] = readPads(graph, node);
  if ([n, top, left, n2, bottom, right].some((p) => p !== 0) || before < 0 || after < 0)
    throw badNode(graph, node, 'only channels can be padded in a skip; pad before a convolution');
  return [{ axis: 0, start: -before, end: after, step: 1 }];
}
