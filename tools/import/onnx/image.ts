/**
 * The image as the first layer sees it: what the graph does to pixels before any weights. A constant scale and shift is
 * a normalization, and a Transpose tells that the file takes its channels last.
 */
import { MOST_BATCH_VALUES, MOST_SCALES } from '../../limits.ts';
import type { Shape } from '../../network.ts';
import type { PixelScale } from '../source.ts';
import { inputOf, isAffine, isSingle, readAffine } from './affine.ts';
import { listOf, numbersOf } from './attributes.ts';
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
  let channelsLast = graph.channelsLast.maps.has(tensor);
  let shape = inputShape(graph, channelsLast);
  // A flat input has as many channels as values, and no normalization of that many is one of pixels.
  let isMap = graph.input.shape.length === 4;
  const chain: OnnxNode[] = [];
  const scaled: Scaled[] = [];
  for (;;) {
    const [node, another] = readers.get(tensor) ?? [];
    // More than one reader, and what the one does the other does not.
    if (node === undefined || another !== undefined || graph.outputs.includes(tensor)) break;
    if (isTransposed(graph, node)) {
      channelsLast = true;
      shape = [shape[2], shape[0], shape[1]];
      isMap = true;
    } else if (isAffine(graph, node) && (isSingle(graph, node) || isMap))
      scaled.push({ node, axes: isMap ? 2 : 0 });
    else if (!isPass(node)) {
      const map = mapOf(graph, node, shape);
      if (map === undefined) break;
      shape = map;
      isMap = true;
    }
    chain.push(node);
    if (scaled.length > MOST_SCALES) throw tooManyScales(graph, node);
    tensor = node.outputs[0] as string;
  }
  return {
    nodes: chain,
    tensor,
    shape,
    channelsLast,
    pixels: composed(graph, scaled, isMap ? shape[0] : 1, channelsLast),
  };
}

interface Scaled {
  node: OnnxNode;
  /** That follow the channels'. */
  axes: number;
}

/** What a Reshape makes of pixels that lie in this order, where the file takes them flat, grey or without channels. */
function mapOf(graph: Wired, node: OnnxNode, [a, b, c]: Shape): Shape | undefined {
  const rank = graph.input.shape.length;
  if (node.op === 'Unsqueeze') {
    const axes = listOf(graph, node, 'axes', 1) ?? [];
    if (rank !== 3 || a !== 1 || axes.length !== 1) return undefined;
    return ({ 1: [1, b, c], '-3': [1, b, c], 3: [b, c, 1], '-1': [b, c, 1] } as Record<number, Shape>)[
      axes[0] as number
    ];
  }
  const target = graph.constants.get(node.inputs[1] ?? '')?.values;
  if (node.op !== 'Reshape' || target?.length !== 4) return undefined;
  const open = a * b * c;
  const wanted = Array.from(target.subarray(1));
  const rest = open / wanted.filter((d) => d > 0).reduce((n, d) => n * d, 1);
  const shape = wanted.map((d) => (d > 0 ? d : rest)) as Shape;
  const holds = shape.every(Number.isInteger) && shape[0] * shape[1] * shape[2] === open;
  // Of colours only a flat input has them in any order.
  const isFree = rank === 2 || shape[0] === 1 || shape[2] === 1;
  return holds && isFree ? shape : undefined;
}

function composed(
  graph: Wired,
  nodes: Scaled[],
  count: number,
  channelsLast: boolean,
): PixelScale | undefined {
  if (nodes.length === 0) return undefined;
  let scale = new Array<number>(count).fill(1);
  let shift = new Array<number>(count).fill(0);
  for (const { node, axes } of nodes) {
    // Before the Transpose channels are the last axis, as in a vector.
    const isMoved = graph.channelsLast.maps.has(graph.input.name);
    const isBefore = channelsLast && !isMoved && !isBehindTranspose(graph, node);
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

/** Of every tensor. */
export function readersOf(graph: Wired): Map<string, OnnxNode[]> {
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
  if (dims.length < 1 || dims.length > 3)
    throw badFile(file, `input "${name}" has ${shape.length} dimensions; use [N, channels, height, width]`);
  const open = dims.findIndex((d) => d < 1);
  if (open >= 0) {
    const which = dims.length === 1 ? 'size' : ['channels', 'height', 'width'].slice(-dims.length)[open];
    throw badFile(file, `input "${name}": open ${which}; export with only the batch dimension dynamic`);
  }
  const [batch = 0] = shape;
  if (batch * dims.reduce((n, d) => n * d, 1) > MOST_BATCH_VALUES)
    throw badFile(
      file,
      `input "${name}": a batch of ${batch} images has more than ${MOST_BATCH_VALUES} values; export with a dynamic batch`,
    );
  // Grey without an axis of channels, or a column of values.
  if (dims.length === 2)
    return dims.includes(1) ? [(dims[0] ?? 1) * (dims[1] ?? 1), 1, 1] : [1, dims[0] ?? 1, dims[1] ?? 1];
  const [a = 1, b = 1, c = 1] = dims;
  return channelsLast ? [c, a, b] : [a, b, c];
}
