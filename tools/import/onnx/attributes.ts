/** Attributes of a node by type; one of another type is a damaged file. */
import type { OnnxGraph, OnnxNode } from './nodes.ts';
import { badNode } from './refusal.ts';

export function numberOf(graph: { file: string }, node: OnnxNode, key: string, otherwise: number): number {
  const value = node.attributes.get(key) ?? otherwise;
  if (typeof value !== 'number') throw badNode(graph, node, `${key} is not a number; export again`);
  return value;
}

export function numbersOf(graph: { file: string }, node: OnnxNode, key: string): number[] | undefined {
  const value = node.attributes.get(key);
  if (value !== undefined && !Array.isArray(value))
    throw badNode(graph, node, `${key} is not a list of numbers; export again`);
  return value;
}

/** A list that is an attribute of older opsets and a constant input of later ones; undefined where it is neither. */
export function listOf(
  graph: Pick<OnnxGraph, 'file' | 'constants'>,
  node: OnnxNode,
  key: string,
  input: number,
): number[] | undefined {
  const values = graph.constants.get(node.inputs[input] ?? '')?.values;
  return numbersOf(graph, node, key) ?? (values === undefined ? undefined : Array.from(values));
}
