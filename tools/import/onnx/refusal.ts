/** One line for every refused file: where it is, what it is, what to do instead. */
import { EXIT_MODEL } from '../../../assembly/shared/status.ts';
import { MOST_SCALES } from '../../limits.ts';
import { Failure } from '../../terminal/failure.ts';
import { printable } from '../../terminal/printable.ts';
import type { OnnxNode } from './nodes.ts';

/** A file that is no network which can be converted. */
export class Refusal extends Failure {
  /** What it is and what to do, without the place. */
  readonly what: string;
  /** Undefined where the whole file is meant. */
  readonly node: OnnxNode | undefined;
  /** What a check may take for the node to go on: an activation of this tensor, or one behind the node. */
  readonly mend: string | undefined;

  constructor(file: string, place: string, what: string, node?: OnnxNode, mend?: string) {
    // Names come from the file: a damaged one must not move the cursor or break the line.
    super(EXIT_MODEL, `${file}: ${printable(`${place}${what}`)}`);
    this.what = printable(what);
    this.node = node;
    this.mend = mend;
  }

  /** It complains of two shapes that do not fit each other. */
  get isOfShapes(): boolean {
    return /its source has|only equal shapes|does not fit its|is a map of|must stand directly before/.test(
      this.what,
    );
  }
}

export function badFile(file: string, what: string): Refusal {
  return new Refusal(file, '', what);
}

export function badNode({ file }: { file: string }, node: OnnxNode, what: string, mend?: string): Refusal {
  return new Refusal(file, `node "${node.name}" (${node.op}): `, what, node, mend);
}

/** A limit of tools/limits.ts that is passed at this node: of the whole file, since nothing in the node's place would help. */
export function beyondLimit({ file }: { file: string }, node: OnnxNode, what: string): Refusal {
  return new Refusal(file, `node "${node.name}" (${node.op}): `, what);
}

export function tooManyScales(graph: { file: string }, node: OnnxNode): Refusal {
  return beyondLimit(
    graph,
    node,
    `one of more than ${MOST_SCALES} scales and shifts of one layer; fold them`,
  );
}

/** For operators that are foreign here: whether they exist and what they do depends on the opset. */
export function badOperator(graph: { file: string; opset: number }, node: OnnxNode, what: string): Refusal {
  return new Refusal(graph.file, `node "${node.name}" (${node.op}, opset ${graph.opset}): `, what, node);
}

/** A run of nodes that make one function; the last one is meant. */
export function badNodes(
  { file }: { file: string },
  nodes: OnnxNode[],
  what: string,
  source: string,
): Refusal {
  const names = nodes.map((n) => `"${n.name}" (${n.op})`).join(', ');
  return new Refusal(file, `node ${names}: `, what, nodes.at(-1), source);
}
