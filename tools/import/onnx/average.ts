/** AveragePool: a layer of its own, channel by channel. */
import type { Average, Shape } from '../../network.ts';
import { numberOf, numbersOf } from './attributes.ts';
import { slide, type Window } from './convolution.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { padded } from './pad.ts';
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

/** What an average pool slides over, and its window: with the zeros of a Pad between the two, which count. */
export interface AverageWindow {
  tensor: string;
  window: Window;
  counts: boolean;
}

export function averageWindow(graph: Wired, node: OnnxNode): AverageWindow {
  const own = readWindow(graph, node);
  const counts = numberOf(graph, node, 'count_include_pad', 0) === 1;
  const { tensor, window } = padded(graph, node.inputs[0] as string, own);
  if (window === own) return { tensor, window, counts };
  if (!counts && own.pads.some((p) => p > 0)) throw unequal(graph, node);
  return { tensor, window, counts: true };
}

/** The pool over a map of this shape; without its source. */
export function readAverage(
  graph: Wired,
  node: OnnxNode,
  { window, counts }: AverageWindow,
  [channels, height, width]: Shape,
): { average: Omit<Average, 'source'>; shape: Shape } {
  const { kernel, stride } = window;
  const [pads, h, w] = slide(graph, node, window, [height, width]);
  const isLeft = [height, width].some((size, i) => {
    const room = size + (pads[i] as number) + (pads[i + 2] as number) - (kernel[i] as number);
    return room % (stride[i] as number) !== 0;
  });
  if (isLeft && numberOf(graph, node, 'ceil_mode', 0) !== 0)
    throw badNode(
      graph,
      node,
      'ceil_mode is not supported: its last windows are smaller; use ceil_mode=False',
    );
  if (pads.some((p, i) => p >= (kernel[i % 2] as number)))
    throw badNode(
      graph,
      node,
      `pads ${pads.join(',')} are not less than the window ${kernel.join('x')}; pad less`,
    );
  if (pads.some((p) => p > 0) && !counts) throw unequal(graph, node);
  return {
    average: { kind: 'average', kernel, stride, padding: [pads[0], pads[1]] },
    shape: [channels, h, w],
  };
}

function unequal(graph: Wired, node: OnnxNode): Error {
  return badNode(graph, node, 'padded windows of different weight; use count_include_pad=True or no padding');
}
