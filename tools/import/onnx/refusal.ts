/** One line for every refused file: where it is, what it is, what to do instead. */
import { EXIT_MODEL } from '../../../assembly/shared/status.ts';
import { Failure } from '../../terminal/failure.ts';
import type { OnnxNode } from './nodes.ts';

export function badFile(file: string, what: string): Failure {
  // Names come from the file: a damaged one must not move the cursor or break the line.
  return new Failure(EXIT_MODEL, `${file}: ${what.replace(/\p{Cc}/gu, '?')}`);
}

export function badNode({ file }: { file: string }, node: OnnxNode, what: string): Failure {
  return badFile(file, `node "${node.name}" (${node.op}): ${what}`);
}

/** For operators that are foreign here: whether they exist and what they do depends on the opset. */
export function badOperator(graph: { file: string; opset: number }, node: OnnxNode, what: string): Failure {
  return badFile(graph.file, `node "${node.name}" (${node.op}, opset ${graph.opset}): ${what}`);
}
