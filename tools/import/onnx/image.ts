/**
 * The image as the first layer sees it: what the graph does to pixels before any weights. A constant scale and shift is
 * a normalization, and a Transpose tells that the file takes its channels last.
 */
import { MOST_BATCH_VALUES, MOST_SCALES } from '../../limits.ts';
import type { Shape } from '../../network.ts';
import type { PixelScale } from '../source.ts';
import { inputOf, isAffine, isSingle, readAffine } from './affine.ts';
import { numbersOf } from './attributes.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { badFile, tooManyScales } from './refusal.ts';
import { isPass } from './scalar.ts';

export interface Image {
  /** From the input to there. */
  nodes: OnnxNode[];
  /** What the layers read. */
  tensor: string;
  shape: Shape;
  /** The file takes [N, height, width, channels]. */
  channelsLast: boolean;
  /** Undefined where the graph leaves pixels as they are. */
  pixels: PixelScale | undefined;
}

export function imageIn(graph: Wired): Image {
  const readers = readersOf(graph);
  let tensor = graph.input.name;
  let channelsLast = false;
  let shape = inputShape(graph, false);
  // A flat input has as many channels as values, and no normalization of that many is one of pixels.
  const isMap = graph.input.shape.length === 4;
  const chain: OnnxNode[] = [];
  const scaled: OnnxNode[] = [];
  for (;;) {
    const [node, another] = readers.get(tensor) ?? [];
    // More than one reader, and what the one does the other does not.
    if (node === undefined || another !== undefined || graph.outputs.includes(tensor)) break;
    if (isTransposed(graph, node)) {
      channelsLast = true;
      shape = inputShape(graph, true);
    } else if (isAffine(graph, node) && (isSingle(graph, node) || isMap)) scaled.push(node);
    else if (!isPass(node)) break;
    chain.push(node);
    if (scaled.length > MOST_SCALES) throw tooManyScales(graph, node);
    tensor = node.outputs[0] as string;
  }
  return {
    nodes: chain,
    tensor,
    shape,
    channelsLast,
    pixels: composed(graph, scaled, shape[0], isMap ? 2 : 0, channelsLast),
  };
}

function composed(
  graph: Wired,
  nodes: OnnxNode[],
  channels: number,
  axes: number,
  channelsLast: boolean,
): PixelScale | undefined {
  if (nodes.length === 0) return undefined;
  const count = axes === 0 ? 1 : channels;
  let scale = new Array<number>(count).fill(1);
  let shift = new Array<number>(count).fill(0);
  for (const node of nodes) {
    // Before the Transpose channels are the last axis, as in a vector.
    const isBefore = channelsLast && !isBehindTranspose(graph, node);
    const affine = readAffine(graph, node, count, isBefore ? 0 : axes);
    shift = shift.map((b, c) => b * (affine.scale[c] as number) + (affine.shift[c] as number));
    scale = scale.map((a, c) => a * (affine.scale[c] as number));
  }
  return scale.every((a) => a === 1) && shift.every((b) => b === 0) ? undefined : { scale, shift };
}

function isBehindTranspose(graph: Wired, node: OnnxNode): boolean {
  for (let at: OnnxNode | undefined = node; at !== undefined; ) {
    if (at.op === 'Transpose') return true;
    at = graph.producers.get(isAffine(graph, at) ? inputOf(graph, at) : (at.inputs[0] as string));
  }
  return false;
}

/** [N, height, width, channels] → [N, channels, height, width]. */
function isTransposed(graph: Wired, node: OnnxNode): boolean {
  return node.op === 'Transpose' && numbersOf(graph, node, 'perm')?.join() === '0,3,1,2';
}

function readersOf(graph: Wired): Map<string, OnnxNode[]> {
  const readers = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes)
    for (const input of new Set(node.inputs)) {
      const others = readers.get(input);
      if (others === undefined) readers.set(input, [node]);
      else others.push(node);
    }
  return readers;
}

function inputShape({ input: { name, shape }, file }: Wired, channelsLast: boolean): Shape {
  const [, ...dims] = shape;
  if (dims.length !== 1 && dims.length !== 3)
    throw badFile(file, `input "${name}" has ${shape.length} dimensions; use [N, channels, height, width]`);
  const open = dims.findIndex((d) => d < 1);
  if (open >= 0) {
    const which = dims.length === 1 ? 'size' : ['channels', 'height', 'width'][open];
    throw badFile(file, `input "${name}": open ${which}; export with only the batch dimension dynamic`);
  }
  const [batch = 0] = shape;
  if (batch * dims.reduce((n, d) => n * d, 1) > MOST_BATCH_VALUES)
    throw badFile(
      file,
      `input "${name}": a batch of ${batch} images has more than ${MOST_BATCH_VALUES} values; export with a dynamic batch`,
    );
  const [a = 1, b = 1, c = 1] = dims;
  return channelsLast ? [c, a, b] : [a, b, c];
}
