/**
 * Channels last, as Keras and tf2onnx write it: [N, height, width, channels] behind a Transpose. What is computed there is
 * computed channels first instead, and weights that read a map flattened so are told.
 */
import { listOf, numbersOf } from './attributes.ts';
import { FLATTEN } from './dense.ts';
import { readersOf } from './image.ts';
import type { OnnxNode, Tensor, Wired } from './nodes.ts';
import { badNode } from './refusal.ts';
import { SCALAR } from './scalar.ts';

/** Where an axis of [N, height, width, channels] stands in [N, channels, height, width]. */
const AXES = [0, 2, 3, 1];
const TO_LAST = '0,2,3,1';
const TO_FIRST = '0,3,1,2';

/** @throws Refusal at a node that reads channels last and is none of those that Keras writes there */
export function channelsFirst(graph: Wired): Wired {
  const maps = new Set<string>(isFlattenedLast(graph) ? [graph.input.name] : []);
  const rows = new Set<string>();
  const constants = new Map(graph.constants);
  const nodes = graph.nodes.map((node) => {
    const output = node.outputs[0] as string;
    const perm = node.op === 'Transpose' ? numbersOf(graph, node, 'perm')?.join() : undefined;
    if (!node.inputs.some((i) => maps.has(i))) {
      if (perm === TO_LAST) {
        maps.add(output);
        return as('Identity', node);
      }
      if (SCALAR[node.op] !== undefined && node.inputs.some((i) => rows.has(i))) rows.add(output);
      return node;
    }
    if (perm === TO_FIRST) return as('Identity', node);
    if (isFlatten(graph, node)) rows.add(output);
    // Keras asks for the batch, which comes first in either order.
    if (rows.has(output) || node.op === 'Shape') return node;
    const moved = moveAxes(graph, node) ?? moveConstants(graph, node, maps, constants);
    if (moved === undefined)
      throw badNode(graph, node, 'reads channels last; export a network with channels first');
    const isVector = moved.op === 'Squeeze' || moved.attributes.get('keepdims') === 0;
    if (!isVector) maps.add(output);
    return moved;
  });
  if (maps.size === 0) return graph;
  const producers = new Map(
    nodes.flatMap((n) => n.outputs.filter((o) => o !== '').map((o) => [o, n] as const)),
  );
  return { ...graph, nodes, producers, constants, channelsLast: { maps, rows } };
}

function as(op: string, node: OnnxNode): OnnxNode {
  return { ...node, op, attributes: new Map() };
}

/** Keras' Flatten as first layer: pixels as they lie in memory, of a picture with its channels last. */
function isFlattenedLast(graph: Wired): boolean {
  const { input } = graph;
  const [, h = 0, w = 0, channels = 0] = input.shape;
  if (input.shape.length !== 4 || ![1, 3].includes(channels) || h <= 3 || w <= 3) return false;
  const readers = readersOf(graph);
  for (let at = input.name; ; ) {
    // Exporters ask the image for its batch.
    const [node, another] = (readers.get(at) ?? []).filter((n) => n.op !== 'Shape');
    if (node === undefined || another !== undefined) return false;
    if (SCALAR[node.op] === undefined) return isFlatten(graph, node);
    at = node.outputs[0] as string;
  }
}

function isFlatten(graph: Wired, node: OnnxNode): boolean {
  if (!FLATTEN.has(node.op) || node.op === 'Squeeze') return false;
  return node.op === 'Flatten' || (graph.constants.get(node.inputs[1] ?? '')?.values.length ?? 2) === 2;
}

/** Operators that name axes: as attributes they come before an input. */
function moveAxes(graph: Wired, node: OnnxNode): OnnxNode | undefined {
  const listed = (key: string): number[] => listOf(graph, node, key, 1) ?? [];
  const withList = (key: string, values: number[]): OnnxNode => ({
    ...node,
    inputs: node.inputs.filter((_, i) => i !== 1 || node.inputs.length > 2),
    attributes: new Map(node.attributes).set(key, values),
  });
  if (node.op === 'Pad') {
    const pads = listed('pads');
    if (pads.length !== 8) return undefined;
    const moved = [0, 0, 0, 0, 0, 0, 0, 0];
    pads.forEach((p, i) => {
      moved[(AXES[i % 4] as number) + 4 * Math.floor(i / 4)] = p;
    });
    return withList('pads', moved);
  }
  if (node.op !== 'ReduceMean' && node.op !== 'Squeeze') return undefined;
  return withList(
    'axes',
    listed('axes').map((a) => AXES[a < 0 ? a + 4 : a] ?? -1),
  );
}

/** Elementwise operators: constants of channels lie along the last axis, and now along the first but the batch. */
function moveConstants(
  graph: Wired,
  node: OnnxNode,
  maps: Set<string>,
  constants: Map<string, Tensor>,
): OnnxNode | undefined {
  const isKnown = (i: string): boolean => i === '' || maps.has(i) || graph.constants.has(i);
  if (SCALAR[node.op] === undefined || !node.inputs.every(isKnown)) return undefined;
  const inputs: string[] = [];
  for (const input of node.inputs) {
    const tensor = graph.constants.get(input);
    const length = tensor?.values.length ?? 1;
    if (tensor === undefined || length === 1) {
      inputs.push(input);
      continue;
    }
    if (tensor.shape.at(-1) !== length) return undefined;
    const name = `${input} (channels first)`;
    constants.set(name, { ...tensor, shape: [length, 1, 1] });
    inputs.push(name);
  }
  return { ...node, inputs };
}

/** Rows of [height][width][channel], of weights or of images, as [channel][height][width]. */
export function columnsFirst(weights: Float32Array, channels: number, positions: number): Float32Array {
  const inputs = channels * positions;
  return weights.map((_, at) => {
    const column = at % inputs;
    const [c, p] = [Math.floor(column / positions), column % positions];
    return weights[at - column + p * channels + c] as number;
  });
}
