/** MaxPool and GlobalMaxPool: a layer of its own, channel by channel. */
import type { Layer, Max, Shape } from '../../network.ts';
import { numberOf } from './attributes.ts';
import { readWindow } from './average.ts';
import { slide, type Window } from './convolution.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { padded } from './pad.ts';
import { badNode } from './refusal.ts';

export function isMaxPool(
  node: OnnxNode | undefined,
): node is OnnxNode & { op: 'MaxPool' | 'GlobalMaxPool' } {
  return node?.op === 'MaxPool' || node?.op === 'GlobalMaxPool';
}

/** What the pool slides over, and its window: values are never negative, so that zeros of a Pad between are as good as padding. */
export function maxWindow(graph: Wired, node: OnnxNode): { tensor: string; window: Window } {
  const tensor = node.inputs[0] as string;
  if (node.op !== 'GlobalMaxPool') return padded(graph, tensor, readWindow(graph, node));
  return { tensor, window: { kernel: [0, 0], stride: [1, 1], pads: [0, 0, 0, 0], autoPad: 'NOTSET' } };
}

/** The pool over the outputs of `source`; without its index. */
export function readMax(
  graph: Wired,
  node: OnnxNode,
  source: Layer | undefined,
): { max: Omit<Max, 'source'>; shape: Shape } {
  if (source === undefined)
    throw badNode(graph, node, 'pools the image itself; use smaller images, or put a convolution between');
  if (source.activation.kind === 'leaky')
    throw badNode(graph, node, 'pools negative values, whose spikes it cannot count; train with ReLU');
  const [channels, height, width] = source.shape;
  if (node.op === 'GlobalMaxPool')
    return {
      max: { kind: 'max', kernel: [height, width], stride: [1, 1], padding: [0, 0] },
      shape: [channels, 1, 1],
    };
  const { window } = maxWindow(graph, node);
  const { kernel, stride } = window;
  const [pads, ...sizes] = slide(graph, node, window, [height, width]);
  const [h, w] = sizes.map((size, i) => {
    if (numberOf(graph, node, 'ceil_mode', 0) === 0) return size;
    // One window more where rows are left over, if it begins inside the map.
    const seen = ([height, width][i] as number) + (pads[i] as number);
    return Math.min(
      Math.ceil((seen + (pads[i + 2] as number) - (kernel[i] as number)) / (stride[i] as number)) + 1,
      Math.floor((seen - 1) / (stride[i] as number)) + 1,
    );
  }) as [number, number];
  return { max: { kind: 'max', kernel, stride, padding: [pads[0], pads[1]] }, shape: [channels, h, w] };
}
