/** An ONNX file as plain data: nodes, constants, one input, the outputs. Knows the container, not the operators. */
import { MOST_NODES } from '../../limits.ts';
import { printable } from '../../terminal/printable.ts';
import { tooLarge } from './decoded-size.ts';
import { noExternal, type ReadExternal } from './external.ts';
import { foreignFormat } from './foreign.ts';
import type { Attribute, OnnxGraph, OnnxNode, Raw, Tensor } from './nodes.ts';
import { OnnxModel } from './onnx-schema.ts';
import { badFile } from './refusal.ts';
import { readTensor } from './tensor.ts';

const FLOAT = 1;

/** AttributeProto.AttributeType → how its value is read; other types belong to operators foreign here. */
const ATTRIBUTES: Record<number, (a: Raw, file: string, name: string, read: ReadExternal) => Attribute> = {
  1: (a) => Number(a.f ?? 0),
  2: (a) => Number(a.i ?? 0),
  3: (a) => new TextDecoder().decode(a.s as Uint8Array | undefined),
  4: (a, file, name, read) => readTensor((a.t ?? {}) as Raw, file, name, read),
  6: (a) => list(a.floats).map(Number),
  7: (a) => list(a.ints).map(Number),
};

/** @throws Failure where the file is damaged or is not one image in, classifiers out. */
export function readOnnx(
  bytes: Uint8Array,
  file: string,
  readExternal: ReadExternal = noExternal(file),
): OnnxGraph {
  const model = decode(bytes, file);
  const graph = model.graph as Raw | undefined;
  if (graph === undefined || list(graph.node).length === 0)
    throw badFile(file, 'no graph inside; is this an ONNX file?');
  const count = list(graph.node).length;
  if (count > MOST_NODES)
    throw badFile(file, `${count} nodes; at most ${MOST_NODES} are supported, make the network smaller`);
  const external = new Map<string, Uint8Array>();
  const read: ReadExternal = (location) => {
    const bytes = external.get(location) ?? readExternal(location);
    external.set(location, bytes);
    return bytes;
  };
  const constants = new Map<string, Tensor>();
  const { needed, used } = neededFor(graph);
  for (const t of list(graph.initializer))
    if (used.has(String(t.name))) constants.set(String(t.name), readTensor(t, file, String(t.name), read));
  const unneeded = new Set(Array.from({ length: count }, (_, i) => i));
  for (const { index } of needed) unneeded.delete(index);
  const nodes = needed.map(({ node, index }) => readNode(node, index, file, read));
  for (const node of nodes) {
    if (node.op === 'Constant') constants.set(node.outputs[0] as string, constantValue(node, file));
  }
  // Files up to IR version 3 list initializers among the inputs.
  const initialized = new Set(list(graph.initializer).map((t) => String(t.name)));
  const inputs = list(graph.input).filter((i) => !initialized.has(String(i.name)));
  if (inputs.length !== 1) {
    const names = inputs.map((i) => `"${i.name}"`).join(', ') || 'none';
    throw badFile(file, `${inputs.length} inputs (${names}); export the image alone, weights in the file`);
  }
  const outputs = list(graph.output).map((o) => String(o.name));
  if (outputs.length === 0) throw badFile(file, 'no outputs; export the classifiers as outputs');
  const opset = list(model.opset_import).find((o) => !o.domain);
  return {
    file,
    opset: Number(opset?.version ?? 0),
    nodes: nodes.filter((n) => n.op !== 'Constant'),
    unneeded,
    constants,
    input: readInput(inputs[0] as Raw, file),
    outputs,
    external,
  };
}

/** Nodes and names that the outputs depend on: what else is in the file may be of any type. */
function neededFor(graph: Raw): { needed: { node: Raw; index: number }[]; used: Set<string> } {
  const nodes = list(graph.node).map((node, index) => ({ node, index }));
  const makers = new Map<string, typeof nodes>();
  for (const each of nodes)
    for (const output of (each.node.output ?? []) as string[]) {
      const others = makers.get(output);
      if (others !== undefined) others.push(each);
      else if (output !== '') makers.set(output, [each]);
    }
  const used = new Set<string>();
  const needed = new Set<(typeof nodes)[0]>();
  const open = list(graph.output).map((o) => String(o.name));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === '' || used.has(name)) continue;
    used.add(name);
    for (const maker of makers.get(name) ?? []) {
      needed.add(maker);
      open.push(...((maker.node.input ?? []) as string[]));
    }
  }
  return { needed: nodes.filter((n) => needed.has(n)), used };
}

/**
 * The same file with further tensors as outputs. A parser of protocol buffers merges messages that follow one
 * another, so the file itself stays as it is.
 */
export function withOutputs(bytes: Uint8Array, tensors: string[]): Uint8Array {
  const type = { tensor_type: { elem_type: FLOAT } };
  const more = { graph: { output: tensors.map((name) => ({ name, type })) } };
  const tail = OnnxModel.encode(OnnxModel.fromObject(more)).finish();
  const all = new Uint8Array(bytes.length + tail.length);
  all.set(bytes);
  all.set(tail, bytes.length);
  return all;
}

function decode(bytes: Uint8Array, file: string): Raw {
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined) throw badFile(file, foreign);
  let large: string | undefined;
  try {
    large = tooLarge(bytes);
    if (large === undefined)
      return OnnxModel.toObject(OnnxModel.decode(bytes), { longs: Number, defaults: false }) as Raw;
  } catch (error) {
    const why = (error as Error).message;
    throw badFile(file, `not an ONNX file, or cut short (${why}); export or download it again`);
  }
  throw badFile(file, large);
}

function readNode(node: Raw, index: number, file: string, readExternal: ReadExternal): OnnxNode {
  const domain = printable(String(node.domain ?? ''));
  // Names are for people; tensors keep theirs.
  const type = printable(String(node.op_type ?? ''));
  const op = domain === '' || domain === 'ai.onnx' ? type : `${domain}.${type}`;
  const name = printable(String(node.name || `${op}_${index}`));
  const attributes: OnnxNode['attributes'] = new Map();
  for (const a of list(node.attribute)) {
    const value = ATTRIBUTES[Number(a.type ?? 0)]?.(a, file, `${name}.${a.name}`, readExternal);
    if (value !== undefined) attributes.set(String(a.name), value);
  }
  return {
    name,
    op,
    inputs: (node.input ?? []) as string[],
    outputs: (node.output ?? []) as string[],
    attributes,
  };
}

function constantValue(node: OnnxNode, file: string): Tensor {
  for (const [key, value] of node.attributes) {
    const type = key === 'value_int' || key === 'value_ints' ? 'int' : 'float';
    const Values = type === 'int' ? Float64Array : Float32Array;
    if (typeof value === 'number') return { shape: [], type, values: Values.of(value) };
    if (Array.isArray(value)) return { shape: [value.length], type, values: Values.from(value) };
    if (typeof value !== 'string') return value;
  }
  throw badFile(file, `node "${node.name}" (Constant): no numeric value; export again`);
}

function readInput(input: Raw, file: string): OnnxGraph['input'] {
  const name = String(input.name);
  const tensor = (input.type as Raw | undefined)?.tensor_type as Raw | undefined;
  const type = Number(tensor?.elem_type ?? FLOAT);
  if (type !== FLOAT) {
    throw badFile(file, `input "${name}": data type ${type}; export a network that takes float32 images`);
  }
  const dims = list((tensor?.shape as Raw | undefined)?.dim);
  return { name, shape: dims.map((d) => Math.max(0, Number(d.dim_value ?? 0))) };
}

function list(value: unknown): Raw[] {
  return Array.isArray(value) ? (value as Raw[]) : [];
}
