/**
 * Networks without their weights, brought to life: a skeleton is the graph that an exporter of PyTorch wrote, its
 * weights are external data that nobody keeps. Random ones from a seed show as well whether a network can be converted.
 */
import { uniform } from '../../tools/data/random.ts';
import type { Raw } from '../../tools/import/onnx/nodes.ts';
import { OnnxModel } from '../../tools/import/onnx/onnx-schema.ts';
import type { Shape } from '../../tools/network.ts';

export interface Hydrated {
  onnx: Uint8Array;
  /** Content of the external file "weights.bin". */
  weights: Uint8Array;
}

export interface HydrateOptions {
  seed?: number;
  /** [channels, height, width] instead of the skeleton's. */
  input?: Shape;
  /** Instead of the skeleton's. */
  classes?: number;
}

const FLOAT = 1;
const EXTERNAL = 1;
const ALIGN = 16;
/** Inputs of BatchNormalization: scale, bias, mean, variance; the variance must be positive, all near the trained kind. */
const NORM_INPUTS: ((r: () => number, normal: () => number) => number)[] = [
  (r) => 0.8 + 0.4 * r(),
  (_, normal) => 0.1 * normal(),
  (_, normal) => 0.1 * normal(),
  (r) => 0.8 + 0.4 * r(),
];

export function hydrate(skeleton: Uint8Array, { seed = 1, input, classes }: HydrateOptions = {}): Hydrated {
  const model = OnnxModel.toObject(OnnxModel.decode(skeleton), { longs: Number, defaults: false }) as Raw;
  const graph = model.graph as Raw;
  const nodes = graph.node as Raw[];
  const tensors = new Map((graph.initializer as Raw[]).map((t) => [String(t.name), t]));
  if (input !== undefined) reshapeInput(graph, nodes, tensors, input);
  if (classes !== undefined) changeClasses(graph, nodes, tensors, classes);
  const roles = rolesOf(nodes);
  const random = uniform(seed);
  const parts: { offset: number; values: Float32Array }[] = [];
  let bytes = 0;
  for (const t of graph.initializer as Raw[]) {
    if (Number(t.data_type) !== FLOAT || Number(t.data_location ?? 0) !== EXTERNAL) continue;
    const values = fill(t, roles.get(String(t.name)), random);
    t.external_data = Object.entries({
      location: 'weights.bin',
      offset: bytes,
      length: values.byteLength,
    }).map(([key, value]) => ({ key, value: String(value) }));
    parts.push({ offset: bytes, values });
    bytes += Math.ceil(values.byteLength / ALIGN) * ALIGN;
  }
  const weights = new Uint8Array(bytes);
  for (const { offset, values } of parts) weights.set(new Uint8Array(values.buffer), offset);
  return { onnx: OnnxModel.encode(OnnxModel.fromObject(model)).finish(), weights };
}

/** [n][channel][y][x] of the graph's input, and the channels of the convolution that reads it. */
function reshapeInput(graph: Raw, nodes: Raw[], tensors: Map<string, Raw>, input: Shape): void {
  const [image] = graph.input as Raw[];
  const shape = ((image?.type as Raw).tensor_type as Raw).shape as Raw;
  const [batch] = shape.dim as Raw[];
  shape.dim = [batch, ...input.map((dim_value) => ({ dim_value }))];
  for (const node of nodes) {
    const [from, weights] = node.input as string[];
    const tensor = tensors.get(weights ?? '');
    if (from !== image?.name || node.op_type !== 'Conv' || tensor === undefined) continue;
    const [outputs, , ...kernel] = tensor.dims as number[];
    tensor.dims = [outputs, input[0], ...kernel];
  }
}

/** Weights and biases of the classifiers that make the outputs. */
function changeClasses(graph: Raw, nodes: Raw[], tensors: Map<string, Raw>, classes: number): void {
  const outputs = new Set((graph.output as Raw[]).map((o) => String(o.name)));
  for (const node of nodes) {
    if (node.op_type !== 'Gemm' || !(node.output as string[]).some((o) => outputs.has(o))) continue;
    const [, weights, bias] = (node.input as string[]).map((name) => tensors.get(name));
    if (weights !== undefined) weights.dims = [classes, (weights.dims as number[])[1]];
    if (bias === undefined) continue;
    bias.dims = [classes];
    // Small enough to stand in the file itself, so far.
    bias.data_location = EXTERNAL;
    delete bias.raw_data;
    delete bias.float_data;
  }
  for (const o of graph.output as Raw[]) {
    const shape = ((o.type as Raw | undefined)?.tensor_type as Raw | undefined)?.shape as Raw | undefined;
    if (shape !== undefined) shape.dim = [(shape.dim as Raw[])[0], { dim_value: classes }];
  }
}

/** Which input of a BatchNormalization a tensor is. */
function rolesOf(nodes: Raw[]): Map<string, number> {
  const norms = nodes.filter((n) => n.op_type === 'BatchNormalization');
  return new Map(
    norms.flatMap((n) => (n.input as string[]).slice(1).map((name, i): [string, number] => [name, i])),
  );
}

/** He's normal weights where there are two axes or more, small biases else. */
function fill(t: Raw, role: number | undefined, random: () => number): Float32Array {
  const dims = t.dims as number[];
  const length = dims.reduce((a, b) => a * b, 1);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const fanIn = length / (dims[0] as number);
  const deviation = dims.length >= 2 ? Math.sqrt(2 / fanIn) : 0.1;
  const make =
    role === undefined ? () => deviation * normal() : () => NORM_INPUTS[role]?.(random, normal) ?? 0;
  return Float32Array.from({ length }, make);
}
