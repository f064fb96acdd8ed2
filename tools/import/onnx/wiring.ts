/** Who makes which tensor: the nodes in an order that can be computed, with constant expressions worked out. */
import { MOST_COMPUTED, MOST_SHARED_WEIGHTS } from '../../limits.ts';
import { FOLD } from './constants.ts';
import { channelsFirst } from './layout.ts';
import type { OnnxGraph, OnnxNode, Tensor, Wired } from './nodes.ts';
import { badNode, beyondLimit } from './refusal.ts';
import { isPass, SCALAR } from './scalar.ts';

export function wire(graph: OnnxGraph): Wired {
  const constants = new Map(graph.constants);
  const nodes: OnnxNode[] = [];
  let room = MOST_COMPUTED;
  for (const node of sort({ ...graph, nodes: graph.nodes.flatMap(asAdds) })) {
    if (!foldConstant(constants, node, graph.file))
      nodes.push(padsNothing(node, constants) ? unpadded(node) : node);
    else room -= computed(constants, node);
    if (room < 0)
      throw beyondLimit(
        graph,
        node,
        `more than ${MOST_COMPUTED} constant values are to be worked out; export the weights in the file`,
      );
  }
  const producers = new Map<string, OnnxNode>();
  for (const node of nodes) {
    // An empty name is an output left out, not a tensor.
    for (const output of node.outputs) if (output !== '') producers.set(output, node);
  }
  const weights = [...constants.values()].reduce((n, t) => n + t.values.length, MOST_SHARED_WEIGHTS);
  const channelsLast = { maps: new Set<string>(), rows: new Set<string>() };
  return channelsFirst({ ...graph, nodes, constants, producers, channelsLast, room: { weights } });
}

/** How many values were worked out; views of others are none. */
function computed(constants: Map<string, Tensor>, node: OnnxNode): number {
  const made = constants.get(node.outputs[0] as string);
  const isView = node.inputs.some((i) => constants.get(i)?.values === made?.values);
  return isView ? 0 : (made?.values.length ?? 0);
}

/** Exporters of PyTorch write one before every average pool. */
function padsNothing(node: OnnxNode, constants: Map<string, Tensor>): boolean {
  if (node.op !== 'Pad') return false;
  const pads = node.attributes.get('pads') ?? constants.get(node.inputs[1] ?? '')?.values;
  return (
    pads !== undefined &&
    typeof pads === 'object' &&
    'length' in pads &&
    Array.from(pads).every((p) => p === 0)
  );
}

function unpadded(node: OnnxNode): OnnxNode {
  return { ...node, op: 'Identity', inputs: node.inputs.slice(0, 1), attributes: new Map() };
}

/** Sum is Add of any number of inputs. */
function asAdds(node: OnnxNode): OnnxNode[] {
  const [first = '', ...rest] = node.inputs;
  if (node.op !== 'Sum') return [node];
  if (rest.length === 0) return [{ ...node, op: 'Identity' }];
  const partial = (i: number): string =>
    i === rest.length - 1 ? (node.outputs[0] as string) : `${node.name}/${i}`;
  return rest.map((input, i) => ({
    ...node,
    op: 'Add',
    inputs: [i === 0 ? first : partial(i - 1), input],
    outputs: [partial(i)],
  }));
}

/** Steps over nodes that hand their input on unchanged. */
export function throughPass(graph: Wired, tensor: string): string {
  let at = tensor;
  for (let node = graph.producers.get(at); node !== undefined && isPass(node); ) {
    at = node.inputs[0] as string;
    node = graph.producers.get(at);
  }
  return at;
}

/** Depth first without recursion, so that a long graph cannot overflow the stack. */
function sort(graph: OnnxGraph): OnnxNode[] {
  const makers = makersOf(graph);
  const sorted: OnnxNode[] = [];
  const state = new Map<OnnxNode, 'open' | 'done'>();
  for (const start of graph.nodes) {
    const stack = [start];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      if (state.get(node) === 'done') {
        stack.pop();
        continue;
      }
      const wanted = state.get(node) === 'open' ? [] : sources(graph, makers, node);
      if (wanted.length === 0) {
        stack.pop();
        state.set(node, 'done');
        sorted.push(node);
        continue;
      }
      state.set(node, 'open');
      for (const source of wanted) {
        if (state.get(source) === 'open')
          throw badNode(graph, source, 'depends on its own output; only feed-forward networks are supported');
        if (state.get(source) !== 'done') stack.push(source);
      }
    }
  }
  return sorted;
}

function makersOf(graph: OnnxGraph): Map<string, OnnxNode> {
  const makers = new Map<string, OnnxNode>();
  for (const node of graph.nodes) {
    if (node.inputs.length === 0)
      throw badNode(graph, node, 'has no input; the file is damaged, or not a network on images');
    for (const output of node.outputs) {
      if (output === '') continue;
      if (makers.has(output) || graph.constants.has(output) || output === graph.input.name)
        throw badNode(
          graph,
          node,
          `its output "${output}" has two sources; the file is damaged, export again`,
        );
      makers.set(output, node);
    }
  }
  return makers;
}

function sources(graph: OnnxGraph, makers: Map<string, OnnxNode>, node: OnnxNode): OnnxNode[] {
  const nodes: OnnxNode[] = [];
  for (const input of node.inputs) {
    if (input === '' || input === graph.input.name || graph.constants.has(input)) continue;
    const maker = makers.get(input);
    if (maker === undefined)
      throw badNode(graph, node, `input "${input}" is missing in the file; export again with all weights`);
    nodes.push(maker);
  }
  return nodes;
}

/** Shapes and paddings are small; larger constants are weights, and stay as they are. */
const MOST_FOLDED = 64;
/** Of arithmetic on constants: biases and scales, or the weights of a small layer. */
const MOST_ELEMENTS = 2 ** 20;
/** They move no values, so they cost nothing however large a constant is. */
const VIEWS = new Set(['Reshape', 'Unsqueeze', 'Squeeze']);

/** An operator on every value alone, of tensors of one shape and single numbers. */
function foldElements(node: OnnxNode, inputs: (Tensor | undefined)[]): Tensor | undefined {
  const compute = SCALAR[node.op];
  const largest = inputs.reduce((a, b) => ((b?.values.length ?? 0) > (a?.values.length ?? 0) ? b : a));
  if (compute === undefined || largest === undefined) return undefined;
  const { length } = largest.values;
  const fits = (t: Tensor | undefined, i: number): boolean =>
    t === undefined ? node.inputs[i] === '' : t.values.length === 1 || t.values.length === length;
  if (length > MOST_ELEMENTS || !inputs.every(fits)) return undefined;
  // A Cast that is no pass makes integers; so does division of integers.
  const type = node.op === 'Cast' ? 'int' : (inputs[0] as Tensor).type;
  const values = Float64Array.from({ length }, (_, k) => {
    const numbers = inputs.map((t) => (t?.values.length === 1 ? t.values[0] : t?.values[k]));
    const value = compute(numbers, node);
    return type === 'int' ? Math.trunc(value) : value;
  });
  return { shape: largest.shape, type, values };
}

/** Works out a node whose inputs are all constant: weights that Identity shares, scalars like λ/L. */
function foldConstant(constants: OnnxGraph['constants'], node: OnnxNode, file: string): boolean {
  const values = node.inputs.map((i) => constants.get(i));
  const output = node.outputs[0];
  const first = values[0];
  if (output === undefined || first === undefined) return false;
  if (isPass(node)) {
    const cast = node.op === 'Cast' && first.type !== 'float';
    constants.set(
      output,
      cast ? { shape: first.shape, type: 'float', values: Float32Array.from(first.values) } : first,
    );
    return true;
  }
  const fold = FOLD[node.op];
  const isSmall = (v: Tensor | undefined, i: number): boolean =>
    v !== undefined && ((VIEWS.has(node.op) && i === 0) || v.values.length <= MOST_FOLDED);
  if (fold !== undefined && values.every(isSmall)) {
    const folded = fold(node, values as Tensor[], file);
    if (folded !== undefined) constants.set(output, folded);
    return folded !== undefined;
  }
  const folded = foldElements(node, values);
  if (folded !== undefined) constants.set(output, folded);
  return folded !== undefined;
}
