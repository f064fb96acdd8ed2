/** Where the network ends: its classifiers. */
import { FLATTEN } from './dense.ts';
import { WEIGHTED } from './linear.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { badFile } from './refusal.ts';
import { isPass } from './scalar.ts';

/** Keep the order of the classes, so that the decision is the same without them. */
const DROPPED = new Set(['Softmax', 'LogSoftmax']);

/** The logits of every exit in the order of the outputs, earliest first. */
export function classifiers(graph: Wired): string[] {
  const { outputs, file } = graph;
  const made = (tensor: string): boolean => tensor === graph.input.name || graph.producers.has(tensor);
  const unmade = outputs.find((output) => !made(output));
  if (unmade !== undefined)
    throw badFile(file, `output "${unmade}": no node computes it from the image; export the network again`);
  const logits = outputs.map((output) => beforeSoftmax(graph, output));
  const isInput = logits.indexOf(graph.input.name);
  if (isInput >= 0) throw badFile(file, `output "${outputs[isInput]}" is the image; export the logits`);
  const twice = logits.findIndex((l, i) => logits.indexOf(l) < i);
  if (twice >= 0)
    throw badFile(file, `output "${outputs[twice]}" is there twice; export one classifier per exit`);
  const hidden = logits.map((l) => hiddenBefore(graph, l));
  hidden.forEach((late, j) => {
    const early = hidden.findIndex(
      (h, i) => i < j && h.size >= late.size && [...late].every((n) => h.has(n)),
    );
    if (early < 0) return;
    if (hidden[early]?.size === late.size) {
      const what = `nothing follows output "${outputs[early]}"`;
      throw badFile(file, `${what}: "${outputs[j]}" reads the same layers; export one of them`);
    }
    const names = `output "${outputs[j]}" is earlier in the network than "${outputs[early]}"`;
    throw badFile(file, `${names}; export the earliest exit first`);
  });
  return logits;
}

function beforeSoftmax(graph: Wired, output: string): string {
  let at = output;
  for (let node = graph.producers.get(at); node !== undefined; node = graph.producers.get(at)) {
    // Of a convolution's classes a Flatten changes only the shape; of a map it would be refused as an output.
    if (!DROPPED.has(node.op) && !isPass(node) && !FLATTEN.has(node.op)) break;
    at = node.inputs[0] as string;
  }
  return at;
}

/** The weighted operators that a classifier needs, without itself. */
function hiddenBefore(graph: Wired, logits: string): Set<OnnxNode> {
  const wanted = new Set([logits]);
  const weighted: OnnxNode[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((o) => wanted.has(o))) continue;
    for (const input of node.inputs) wanted.add(input);
    if (WEIGHTED.has(node.op)) weighted.push(node);
  }
  return new Set(weighted.slice(1));
}
