/** An ONNX file as plain data: nodes, constants, one input, the outputs. Knows the container, not the operators. */
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import { Failure } from '../failure.ts';
import { OnnxModel } from './onnx-schema.ts';

export interface OnnxGraph {
  file: string;
  opset: number;
  nodes: OnnxNode[];
  /** Initializers and the values of Constant nodes. */
  constants: Map<string, Tensor>;
  input: { name: string /** Open dimensions are 0. */; shape: number[] };
  outputs: string[];
}

export interface OnnxNode {
  name: string;
  op: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, number | number[] | Tensor>;
}

export interface Tensor {
  shape: number[];
  values: Float32Array;
}

const FLOAT = 1;
const INT64 = 7;

type Raw = Record<string, unknown>;

export function readOnnx(bytes: Uint8Array, file: string): OnnxGraph {
  const model = decode(bytes, file);
  const graph = model.graph as Raw | undefined;
  if (graph === undefined || !Array.isArray(graph.node))
    throw failure(file, 'no graph inside; is this an ONNX file?');
  const constants = new Map<string, Tensor>();
  for (const t of list(graph.initializer)) constants.set(String(t.name), readTensor(t, file, String(t.name)));
  const nodes = list(graph.node).map((n, i) => readNode(n, i, file));
  for (const node of nodes.filter((n) => n.op === 'Constant')) {
    const value = node.attributes.get('value') ?? node.attributes.get('value_float');
    const tensor = typeof value === 'number' ? { shape: [], values: Float32Array.of(value) } : value;
    if (tensor === undefined || Array.isArray(tensor))
      throw failure(file, `node "${node.name}" (Constant): no value`);
    constants.set(node.outputs[0] as string, tensor);
  }
  // Exporters of old list initializers among the inputs.
  const inputs = list(graph.input).filter((i) => !constants.has(String(i.name)));
  if (inputs.length !== 1)
    throw failure(file, `${inputs.length} inputs; export a network with one image input`);
  const outputs = list(graph.output).map((o) => String(o.name));
  if (outputs.length === 0) throw failure(file, 'no outputs; export the classifiers as outputs');
  const opset = list(model.opset_import).find((o) => !o.domain);
  return {
    file,
    opset: Number(opset?.version ?? 0),
    nodes: nodes.filter((n) => n.op !== 'Constant'),
    constants,
    input: readInput(inputs[0] as Raw),
    outputs,
  };
}

/** The same file with further tensors as outputs, for a runtime that should return them. */
export function withOutputs(bytes: Uint8Array, tensors: string[]): Uint8Array {
  const model = OnnxModel.decode(bytes) as unknown as { graph: { output: Raw[] } };
  const known = new Set(model.graph.output.map((o) => o.name));
  for (const name of tensors) if (!known.has(name)) model.graph.output.push({ name });
  return OnnxModel.encode(OnnxModel.fromObject(model)).finish();
}

function decode(bytes: Uint8Array, file: string): Raw {
  try {
    const model = OnnxModel.decode(bytes);
    return OnnxModel.toObject(model, { longs: Number, defaults: false }) as Raw;
  } catch (error) {
    throw failure(file, `not a readable ONNX file (${(error as Error).message}); export it again`);
  }
}

function readNode(node: Raw, index: number, file: string): OnnxNode {
  const op = String(node.op_type);
  const name = String(node.name || `${op}_${index}`);
  const attributes: OnnxNode['attributes'] = new Map();
  for (const a of list(node.attribute)) {
    const key = String(a.name);
    if (a.t !== undefined) attributes.set(key, readTensor(a.t as Raw, file, `${name}.${key}`));
    else if (Array.isArray(a.ints) && a.ints.length > 0) attributes.set(key, a.ints.map(Number));
    else if (Array.isArray(a.floats) && a.floats.length > 0) attributes.set(key, a.floats.map(Number));
    else if (a.s !== undefined) attributes.set(key, Number.NaN);
    else attributes.set(key, Number(a.i ?? a.f ?? 0));
  }
  return {
    name,
    op,
    inputs: (node.input ?? []) as string[],
    outputs: (node.output ?? []) as string[],
    attributes,
  };
}

function readTensor(t: Raw, file: string, name: string): Tensor {
  if (Number(t.data_location ?? 0) === 1) {
    throw failure(file, `tensor "${name}": external data is not supported; export into one file`);
  }
  const shape = ((t.dims ?? []) as unknown[]).map(Number);
  const length = shape.reduce((a, b) => a * b, 1);
  const values = tensorValues(t, file, name);
  if (values.length !== length) {
    throw failure(
      file,
      `tensor "${name}": ${values.length} values for shape ${shape.join('x')}; the file is damaged`,
    );
  }
  const bad = values.findIndex((v) => !Number.isFinite(v));
  // Clip bounds may be infinite; weights may not.
  if (bad >= 0 && (length > 1 || Number.isNaN(values[bad]))) {
    throw failure(
      file,
      `tensor "${name}": value ${bad} is ${values[bad]}; train again, the network has diverged`,
    );
  }
  return { shape, values };
}

function tensorValues(t: Raw, file: string, name: string): Float32Array {
  const raw = t.raw_data as Uint8Array | undefined;
  const type = Number(t.data_type);
  if (type === FLOAT) {
    if (raw === undefined || raw.length === 0) return Float32Array.from((t.float_data ?? []) as number[]);
    if (raw.length % 4 !== 0)
      throw failure(file, `tensor "${name}": ${raw.length} bytes are no whole floats`);
    return new Float32Array(raw.slice().buffer);
  }
  if (type === INT64) {
    if (raw === undefined || raw.length === 0)
      return Float32Array.from(((t.int64_data ?? []) as unknown[]).map(Number));
    return Float32Array.from(new BigInt64Array(raw.slice().buffer), Number);
  }
  throw failure(file, `tensor "${name}": data type ${type} is not supported; export the network in float32`);
}

function readInput(input: Raw): OnnxGraph['input'] {
  const tensor = (input.type as Raw | undefined)?.tensor_type as Raw | undefined;
  const dims = list((tensor?.shape as Raw | undefined)?.dim);
  return { name: String(input.name), shape: dims.map((d) => Number(d.dim_value ?? 0)) };
}

function list(value: unknown): Raw[] {
  return Array.isArray(value) ? (value as Raw[]) : [];
}

export function failure(file: string, what: string): Failure {
  return new Failure(EXIT_MODEL, `${file}: ${what}`);
}
