/** Gemm and MatMul, and what they read through Flatten and a global average pool. */
import { listOf, numberOf } from './attributes.ts';
import { type Linear, trained, trainedBias } from './linear.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { badNode } from './refusal.ts';
import { isPass } from './scalar.ts';

export const FLATTEN = new Set(['Flatten', 'Reshape', 'Squeeze']);
export const POOL = new Set(['GlobalAveragePool', 'ReduceMean']);

export function readDense(graph: Wired, node: OnnxNode): Linear {
  const { shape, values } = trained(graph, node, 1);
  if (shape.length !== 2) throw badNode(graph, node, `weights of shape ${shape.join('x')}; use a matrix`);
  for (const [key, only] of [
    ['transA', 0],
    ['alpha', 1],
    ['beta', 1],
  ] as const) {
    const value = numberOf(graph, node, key, only);
    if (value !== only)
      throw badNode(graph, node, `${key} ${value} is not supported, only ${only}; export nn.Linear`);
  }
  const [rows, columns] = shape as [number, number];
  const byOutput = numberOf(graph, node, 'transB', 0) === 1;
  const [outputs, inputs] = byOutput ? [rows, columns] : [columns, rows];
  return {
    node,
    weights: byOutput ? values.slice() : transposed(values, rows, columns),
    bias: node.op === 'Gemm' ? trainedBias(graph, node, outputs) : new Float32Array(outputs),
    outputs,
    inputs,
    source: node.inputs[0] as string,
  };
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) result[c * rows + r] = values[r * columns + c] as number;
  }
  return result;
}

/** The tensor of neurons or pixels before a dense layer's input. */
export function beforeFlatten(
  graph: Wired,
  tensor: string,
  absorbed: Set<OnnxNode>,
): { tensor: string; pooled: boolean } {
  let pooled = false;
  let at = tensor;
  for (;;) {
    const node = graph.producers.get(at);
    if (node === undefined) return { tensor: at, pooled };
    if (FLATTEN.has(node.op)) checkFlatten(graph, node);
    else if (POOL.has(node.op)) {
      if (node.op === 'ReduceMean') at = meanOfRows(graph, node);
      pooled = true;
    } else if (!isPass(node) && !absorbed.has(node)) return { tensor: at, pooled };
    at = graph.producers.get(at)?.inputs[0] ?? at;
  }
}

/** The output of the mean whose input is the map: x.mean(3).mean(2) is the mean over both, in two nodes. */
function meanOfRows(graph: Wired, node: OnnxNode): string {
  const before = graph.producers.get(node.inputs[0] as string);
  const [last] = axesOf(graph, node);
  const one = before?.op === 'ReduceMean' ? axesOf(graph, before) : [];
  const twice = axesOf(graph, node).length === 1 && one.length === 1;
  if (
    before !== undefined &&
    twice &&
    [2, -2, -1].includes(last as number) &&
    [3, -1].includes(one[0] as number)
  )
    return before.outputs[0] as string;
  checkAxes(graph, node, 'only the mean over height and width is supported');
  return node.outputs[0] as string;
}

function axesOf(graph: Wired, node: OnnxNode): number[] {
  return listOf(graph, node, 'axes', 1) ?? [];
}

function checkFlatten(graph: Wired, node: OnnxNode): void {
  if (node.op === 'Squeeze') checkSqueeze(graph, node);
  else if (node.op === 'Reshape') checkReshape(graph, node);
  else {
    const axis = numberOf(graph, node, 'axis', 1);
    if (axis !== 1) throw badNode(graph, node, `axis ${axis} is not supported; flatten from axis 1`);
  }
}

/** One axis after the other too, the second counted in what the first left. */
function checkSqueeze(graph: Wired, node: OnnxNode): void {
  const axes = axesOf(graph, node);
  if (axes.length === 0 || axes.some((a) => ![2, 3, -1, -2].includes(a)))
    throw badNode(
      graph,
      node,
      `axes ${axes.join(',') || 'unknown'}: only those of height and width can be removed; use axes 2,3`,
    );
}

function checkReshape(graph: Wired, node: OnnxNode): void {
  const target = node.inputs[1] ?? '';
  const shape = graph.constants.get(target);
  const axes = shape === undefined ? computedAxes(graph, target) : shape.values.length;
  if (axes !== 2) {
    const to = shape === undefined ? 'a computed shape' : `[${shape.values.join(', ')}]`;
    throw badNode(graph, node, `to ${to} is not supported; flatten to [N, -1]`);
  }
}

/** x.view(x.size(0), -1) computes its target from the batch: Concat of the batch and one constant. */
function computedAxes(graph: Wired, target: string): number | undefined {
  const concat = graph.producers.get(target);
  const last = graph.constants.get(concat?.inputs[1] ?? '');
  return concat?.op === 'Concat' && last?.values.length === 1 ? concat.inputs.length : undefined;
}

function checkAxes(graph: Wired, node: OnnxNode, only: string): void {
  const axes = axesOf(graph, node);
  const fromFront = axes.map((a) => (a < 0 ? a + 4 : a)).sort((a, b) => a - b);
  if (fromFront.join() !== '2,3')
    throw badNode(graph, node, `axes ${axes.join(',') || 'unknown'}: ${only}; use axes 2,3`);
}
