/** Operators that act on every value alone, and regions of them: between two layers they make one function R → R. */
import { MOST_ELEMENTWISE } from '../../limits.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { operatorOf } from './operators.ts';
import { badNode, beyondLimit } from './refusal.ts';

export type Scalar = (x: number) => number;

/** The result from one value per input, in the order of the inputs; left out ones are undefined. */
type Compute = (values: (number | undefined)[], node: OnnxNode) => number;

// TensorProto.DataType
const FLOATS = [1, 10, 11, 16];
const INTEGERS = [6, 7];

export const SCALAR: Record<string, Compute> = {
  Identity: ([x]) => x as number,
  Dropout: ([x]) => x as number,
  Cast: ([x], node) => (castsTo(node, INTEGERS) ? Math.trunc(x as number) : (x as number)),
  Relu: ([x]) => Math.max(x as number, 0),
  LeakyRelu: ([x], node) => sloped(x as number, attribute(node, 'alpha') ?? LEAKY_SLOPE),
  PRelu: ([x, slope]) => sloped(x as number, slope as number),
  Floor: ([x]) => Math.floor(x as number),
  Ceil: ([x]) => Math.ceil(x as number),
  Round: ([x]) => roundHalfToEven(x as number),
  Neg: ([x]) => -(x as number),
  Abs: ([x]) => Math.abs(x as number),
  Reciprocal: ([x]) => 1 / (x as number),
  Sqrt: ([x]) => Math.sqrt(x as number),
  Exp: ([x]) => Math.exp(x as number),
  Log: ([x]) => Math.log(x as number),
  Pow: ([x, y]) => (x as number) ** (y as number),
  // Bounds are attributes before opset 11, inputs since.
  Clip: ([x, low, high], node) =>
    Math.min(
      Math.max(x as number, low ?? attribute(node, 'min') ?? Number.NEGATIVE_INFINITY),
      high ?? attribute(node, 'max') ?? Number.POSITIVE_INFINITY,
    ),
  Min: (values) => Math.min(...(values as number[])),
  Max: (values) => Math.max(...(values as number[])),
  Add: ([a, b]) => (a as number) + (b as number),
  Sub: ([a, b]) => (a as number) - (b as number),
  Mul: ([a, b]) => (a as number) * (b as number),
  Div: ([a, b]) => (a as number) / (b as number),
};

/** Hands its input on unchanged at inference. */
export function isPass(node: OnnxNode): boolean {
  return node.op === 'Identity' || node.op === 'Dropout' || (node.op === 'Cast' && castsTo(node, FLOATS));
}

/** A scalar operator here: every constant that it takes is a single number. */
export function isScalar(graph: Wired, node: OnnxNode): boolean {
  if (SCALAR[node.op] === undefined) return false;
  if (node.op === 'Cast' && !castsTo(node, FLOATS) && !castsTo(node, INTEGERS)) return false;
  return node.inputs.every((i) => (graph.constants.get(i)?.values.length ?? 1) === 1);
}

/** Scalar operators that lead from the tensor `source` to another one. */
export interface Region {
  source: string;
  /** In the order of computation; empty where source and target are one. */
  nodes: OnnxNode[];
  compute: Scalar;
}

/** The sum of two branches, as at the end of a residual block. */
export function isSum(graph: Wired, node: OnnxNode): boolean {
  return node.op === 'Add' && node.inputs.every((i) => !graph.constants.has(i));
}

/** The largest region of scalar operators with one source that ends in `target`; branches join before it. */
export function scalarRegion(graph: Wired, target: string): Region {
  return regionTo(graph, target, () => false) ?? afterSums(graph, target);
}

/** The same without its first node, where nothing else of it reads the source: then that one may belong to the layer before. */
export function withoutFirst(graph: Wired, { source, nodes }: Region, target: string): Region | undefined {
  const [first, ...rest] = nodes;
  const made = first?.outputs[0];
  if (made === undefined || rest.some((n) => n.inputs.includes(source))) return undefined;
  return { source: made, nodes: rest, compute: composed(graph, rest, made, target) };
}

function afterSums(graph: Wired, target: string): Region {
  const region = regionTo(graph, target, (node) => isSum(graph, node));
  if (region === undefined) throw notOneSource(graph, regionNodes(graph, target, () => false).nodes);
  return region;
}

function regionTo(graph: Wired, target: string, ends: (node: OnnxNode) => boolean): Region | undefined {
  const { wanted, nodes } = regionNodes(graph, target, ends);
  const [source] = wanted;
  if (source === undefined || wanted.size > 1) return undefined;
  return { source, nodes, compute: composed(graph, nodes, source, target) };
}

function regionNodes(
  graph: Wired,
  target: string,
  ends: (node: OnnxNode) => boolean,
): { wanted: Set<string>; nodes: OnnxNode[] } {
  const wanted = new Set([target]);
  const nodes: OnnxNode[] = [];
  let computing = 0;
  for (const node of graph.nodes.toReversed()) {
    if (!wanted.has(node.outputs[0] as string) || !isScalar(graph, node) || ends(node)) continue;
    wanted.delete(node.outputs[0] as string);
    nodes.unshift(node);
    if (!isPass(node) && ++computing > MOST_ELEMENTWISE)
      throw beyondLimit(
        graph,
        node,
        `one of more than ${MOST_ELEMENTWISE} operators on single values between two layers; use fewer`,
      );
    for (const input of node.inputs) if (input !== '' && !graph.constants.has(input)) wanted.add(input);
  }
  return { wanted, nodes };
}

function composed(graph: Wired, nodes: OnnxNode[], source: string, target: string): Scalar {
  return (x) => {
    const values = new Map([[source, x]]);
    for (const node of nodes) {
      const inputs = node.inputs.map((i) => values.get(i) ?? graph.constants.get(i)?.values[0]);
      values.set(node.outputs[0] as string, (SCALAR[node.op] as Compute)(inputs, node));
    }
    return values.get(target) as number;
  };
}

/** Names the first operator that joins what comes from different layers. */
function notOneSource(graph: Wired, nodes: OnnxNode[]): Error {
  const made = new Map<string, Set<string>>();
  for (const node of nodes) {
    const from = new Set<string>();
    for (const input of node.inputs) {
      if (graph.constants.has(input) || input === '') continue;
      for (const source of made.get(input) ?? [input]) from.add(source);
    }
    made.set(node.outputs[0] as string, from);
    if (from.size < 2) continue;
    const rewrite = node.op === 'Add' ? '' : `; ${operatorOf(node.op)?.rewrite}`;
    const what = 'operators on two layers are not supported; branches may only join in a sum';
    return badNode(graph, node, `${what}${rewrite}`);
  }
  const last = nodes.at(-1) as OnnxNode;
  return badNode(graph, last, 'its value does not depend on the image; export the network itself');
}

function castsTo(node: OnnxNode, types: number[]): boolean {
  return types.includes(attribute(node, 'to') ?? 0);
}

function attribute(node: OnnxNode, key: string): number | undefined {
  const value = node.attributes.get(key);
  return typeof value === 'number' ? value : undefined;
}

/** Of LeakyRelu where the node names none. */
const LEAKY_SLOPE = 0.01;

function sloped(x: number, slope: number): number {
  return x < 0 ? x * slope : x;
}

function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}
