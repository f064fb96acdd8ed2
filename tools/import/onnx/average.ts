/** AveragePool: a layer of its own, channel by channel. */
import type { Average, Shape } from '../../network.ts';
import { numberOf, numbersOf } from './attributes.ts';
import { slide, type Window } from './convolution.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { badNode } from './refusal.ts';

/** Of a pool, as the file has it. */
export function readWindow(graph: Wired, node: OnnxNode): Window {
  const pair = (key: string, otherwise: [number, number]): [number, number] => {
    const value = numbersOf(graph, node, key) ?? otherwise;
    if (value.length === 2 && value.every((v) => v >= 1)) return value as [number, number];
    throw badNode(graph, node, `${key} ${value.join(',')} are not supported; use two values from 1 up`);
  };
  if (pair('dilations', [1, 1]).some((d) => d !== 1))
    throw badNode(graph, node, 'dilations are not supported; pool without them');
  return {
    kernel: pair('kernel_shape', [0, 0]),
    stride: pair('strides', [1, 1]),
    pads: (numbersOf(graph, node, 'pads') ?? [0, 0, 0, 0]) as Window['pads'],
    autoPad: String(node.attributes.get('auto_pad') ?? 'NOTSET'),
  };
}

/** The pool over a map of this shape; without its source. */
export function readAverage(
  graph: Wired,
  node: OnnxNode,
  [channels, height, width]: Shape,
): { average: Omit<Average, 'source'>; shape: Shape } {
  if (numberOf(graph, node, 'ceil_mode', 0) !== 0)
    throw badNode(
      graph,
      node,
      'ceil_mode is not supported: its last windows are smaller; use ceil_mode=False',
    );
  const window = readWindow(graph, node);
  const [pads, h, w] = slide(graph, node, window, [height, width]);
  if (pads.some((p, i) => p >= (window.kernel[i % 2] as number)))
    throw badNode(
      graph,
      node,
      `pads ${pads.join(',')} are not less than the window ${window.kernel.join('x')}; pad less`,
    );
  if (pads.some((p) => p > 0) && numberOf(graph, node, 'count_include_pad', 0) !== 1)
    throw badNode(
      graph,
      node,
      'padded windows of different weight; use count_include_pad=True or no padding',
    );
  const { kernel, stride } = window;
  return {
    average: { kind: 'average', kernel, stride, padding: [pads[0], pads[1]] },
    shape: [channels, h, w],
  };
}
