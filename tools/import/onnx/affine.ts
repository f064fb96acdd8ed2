/** Constant scales and shifts of channels, y = scale·x + shift: batch normalizations, and Mul, Add, Sub, Div by constants. */
import { type Affine, readBatchNorm } from './batchnorm.ts';
import type { OnnxNode, Tensor, Wired } from './nodes.ts';
import { badNode } from './refusal.ts';

const ELEMENTWISE = new Set(['Mul', 'Add', 'Sub', 'Div']);

/** Whether the node is one, whatever the shape of its constant. */
export function isAffine(graph: Wired, node: OnnxNode): boolean {
  if (node.op === 'BatchNormalization') return true;
  if (!ELEMENTWISE.has(node.op) || node.inputs.length !== 2) return false;
  const constant = node.inputs.map((i) => graph.constants.has(i));
  // A constant divided by a layer is no scale.
  return constant[0] !== constant[1] && !(node.op === 'Div' && constant[0]);
}

/** One number for all channels: then it may as well be part of an activation. */
export function isSingle(graph: Wired, node: OnnxNode): boolean {
  return node.op !== 'BatchNormalization' && constantOf(graph, node).values.length === 1;
}

/** The tensor that it scales. */
export function inputOf(graph: Wired, node: OnnxNode): string {
  return node.inputs.find((i) => !graph.constants.has(i)) as string;
}

/**
 * `axes`: how many follow the channels', 2 of a map and 0 of a vector.
 * @throws Failure where the constant is of another shape, or makes no numbers
 */
export function readAffine(graph: Wired, node: OnnxNode, channels: number, axes: number): Affine {
  if (node.op === 'BatchNormalization') return readBatchNorm(graph, node, channels);
  const { shape, values } = constantOf(graph, node);
  const isFirst = graph.constants.has(node.inputs[0] as string);
  // Aligned to the last axis: columns of a map, so that its channels need two further axes.
  const aligned = shape.slice(shape.findIndex((d) => d !== 1));
  const wanted = [channels, ...new Array<number>(axes).fill(1)];
  if (values.length !== 1 && aligned.join() !== wanted.join()) {
    const what = `a constant of shape ${shape.join('x')}`;
    throw badNode(
      graph,
      node,
      `${VERBS[node.op]} ${what}; only ${wanted.join('x')}, one per channel, is supported`,
    );
  }
  const constant = Float64Array.from(
    { length: channels },
    (_, c) => values[values.length === 1 ? 0 : c] as number,
  );
  const affine = affineBy(node.op, constant, isFirst);
  const bad = [...affine.scale, ...affine.shift].find((v) => !Number.isFinite(v));
  if (bad !== undefined) throw badNode(graph, node, `its constant makes ${bad}; train again`);
  return affine;
}

const VERBS: Record<string, string> = {
  Mul: 'multiplies by',
  Add: 'adds',
  Sub: 'subtracts',
  Div: 'divides by',
};

function affineBy(op: string, constant: Float64Array, isFirst: boolean): Affine {
  const all = (value: number): Float64Array => new Float64Array(constant.length).fill(value);
  if (op === 'Mul') return { scale: constant, shift: all(0) };
  if (op === 'Div') return { scale: constant.map((c) => 1 / c), shift: all(0) };
  if (op === 'Add') return { scale: all(1), shift: constant };
  return isFirst ? { scale: all(-1), shift: constant } : { scale: all(1), shift: constant.map((c) => -c) };
}

function constantOf(graph: Wired, node: OnnxNode): Tensor {
  return graph.constants.get(node.inputs.find((i) => graph.constants.has(i)) as string) as Tensor;
}
