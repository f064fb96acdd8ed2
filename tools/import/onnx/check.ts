/** Everything in a file that will not convert, where `convert` stops at the first: each node found is put out of the way. */
import type { Source } from '../source.ts';
import type { ReadExternal } from './external.ts';
import { networkOf } from './graph.ts';
import type { OnnxGraph, OnnxNode } from './nodes.ts';
import { readOnnx } from './onnx.ts';
import { operatorOf } from './operators.ts';
import { Refusal } from './refusal.ts';
import { refuseOperator, refuseSpiking } from './unsupported.ts';
import { wire } from './wiring.ts';

export interface Finding {
  /** Undefined where the whole file is meant. */
  node?: string;
  op?: string;
  /** What it is, and what to do instead. */
  what: string;
}

export interface Check {
  findings: Finding[];
  /** Where there are none. */
  network?: Source['network'];
}

/** Nodes put out of the way; a file with more has other troubles. Of large files fewer: each costs a walk over all nodes. */
const MOST = 500;
const MOST_WALKED = 2 ** 18;

/** @throws Failure where the file is no network at all */
export function checkOnnx(bytes: Uint8Array, file: string, readExternal: ReadExternal): Check {
  let graph = readOnnx(bytes, file, readExternal);
  // What else is wrong with it follows from its steps.
  const spiking = refusalOf(() => refuseSpiking(graph));
  if (spiking instanceof Refusal) return { findings: [findingOf(spiking)] };
  const names = graph.nodes.map((n) => n.name);
  const findings: Finding[] = [];
  const seen = new Map<string, number>();
  let shapesHold = true;
  const most = Math.max(1, Math.min(MOST, MOST_WALKED / graph.nodes.length));
  for (let i = 0; i < most; i++) {
    const refusal = refusalOf(() => networkOf(wire(graph)).network);
    if (!(refusal instanceof Refusal)) {
      if (findings.length === 0) return { findings, network: refusal };
      break;
    }
    const { node } = refusal;
    const times = node === undefined ? TRIES : (seen.get(placeOf(node)) ?? 0);
    // What only follows from a node that was taken out says nothing new.
    if (node === undefined || times >= TRIES || (!shapesHold && refusal.isOfShapes)) {
      if (findings.length === 0) findings.push({ what: refusal.what });
      break;
    }
    seen.set(placeOf(node), times + 1);
    if (times === 0) findings.push(findingOf(refusal));
    shapesHold &&= operatorOf(node.op)?.shapeless ?? SAME_SHAPE.has(node.op);
    graph = mended(graph, refusal, node, times > 0);
  }
  const all = [...findings, ...theRest(graph, seen)];
  const places = new Map(names.map((name, i) => [name, i]).reverse() as [string, number][]);
  const inFile = (f: Finding): number => places.get(f.node ?? '') ?? -1;
  return { findings: all.sort((a, b) => inFile(a) - inFile(b)) };
}

function findingOf({ node, what }: Refusal): Finding {
  return node === undefined ? { what } : { node: node.name, op: node.op, what };
}

function refusalOf<T>(read: () => T): Refusal | T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** An activation in place of the node, then nothing in its place. */
const TRIES = 2;

/** They are replaced by what makes the same shape. */
const SAME_SHAPE = new Set(['MaxPool', 'GlobalMaxPool', 'Conv']);

/** The graph with what would do in place of the node, or behind it; `again`: where an activation would not. */
function mended(graph: OnnxGraph, { mend }: Refusal, node: OnnxNode, again: boolean): OnnxGraph {
  const name = `${node.name} (as if)`;
  const attributes: OnnxNode['attributes'] = new Map();
  const instead = (op: string, inputs: string[]): OnnxNode => ({
    ...node,
    name: node.name,
    op,
    inputs,
    attributes,
  });
  if (mend === 'behind') {
    const [output = '', ...others] = node.outputs;
    const before = { ...node, outputs: [`${output} (as if)`, ...others] };
    const relu = { name, op: 'Relu', inputs: [`${output} (as if)`], outputs: [output], attributes };
    return { ...graph, nodes: graph.nodes.flatMap((n) => (n === node ? [before, relu] : [n])) };
  }
  const source = mend ?? node.inputs.find((i) => !graph.constants.has(i)) ?? '';
  const replaced = (): OnnxNode => {
    if (node.op === 'MaxPool') return averagePool(node);
    if (node.op === 'Conv') return undilated(node);
    if (node.op === 'GlobalMaxPool') return instead('GlobalAveragePool', [source]);
    const isActivation = !again && (mend !== undefined || operatorOf(node.op)?.shapeless === true);
    return instead(isActivation ? 'Relu' : 'Identity', [source]);
  };
  return {
    ...graph,
    nodes: graph.nodes.map((n) => (n === node ? replaced() : n)),
  };
}

function averagePool(node: OnnxNode): OnnxNode {
  const attributes = new Map(node.attributes);
  attributes.set('ceil_mode', 0);
  attributes.set('count_include_pad', 1);
  attributes.delete('dilations');
  return {
    ...node,
    op: 'AveragePool',
    inputs: node.inputs.slice(0, 1),
    outputs: node.outputs.slice(0, 1),
    attributes,
  };
}

/** Its usual pads keep the size of the map, as these do. */
function undilated(node: OnnxNode): OnnxNode {
  const attributes = new Map(node.attributes);
  attributes.delete('dilations');
  attributes.delete('pads');
  attributes.set('auto_pad', 'SAME_UPPER');
  return { ...node, attributes };
}

/** Operators that are taken nowhere, where the walk did not come by. */
function theRest(graph: OnnxGraph, seen: Map<string, number>): Finding[] {
  const nodes = graph.nodes.filter((n) => operatorOf(n.op)?.taken === undefined && !seen.has(placeOf(n)));
  return nodes.map((node) => ({ node: node.name, op: node.op, what: refuseOperator(graph, node).what }));
}

/** Names of nodes may be missing or repeat; what they make does not. */
function placeOf(node: OnnxNode): string {
  return node.outputs[0] ?? node.name;
}
