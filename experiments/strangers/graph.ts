/** Writes small ONNX networks with random weights, operator by operator, as strangers' exporters do. */
import { uniform } from '../../tools/data/random.ts';
import { OnnxModel } from '../../tools/import/onnx/onnx-schema.ts';

export type Attributes = Record<string, number | number[] | { float: number }>;

interface Initializer {
  name: string;
  dims: number[];
  values: Float32Array | BigInt64Array;
}

/** [channels, height, width] of a tensor. */
type Map3 = [number, number, number];

export class Graph {
  readonly #nodes: {
    op_type: string;
    name: string;
    input: string[];
    output: string[];
    attribute: object[];
  }[] = [];
  readonly #heads = new Map<string, string>();
  readonly #initializers = new Map<string, Initializer>();
  readonly #shapes = new Map<string, Map3>();
  readonly #random: () => number;
  readonly #input: number[];
  readonly outputs: string[] = [];
  /** What every classifier reads, for whoever trains it. */
  readonly features: string[] = [];
  #count = 0;

  /** `input` as the file says it, without the batch. */
  constructor(seed: number, input: number[], shape: Map3 = input as Map3) {
    this.#random = uniform(seed);
    this.#input = input;
    this.#shapes.set('image', shape);
  }

  shapeOf(tensor: string): Map3 {
    return this.#shapes.get(tensor) as Map3;
  }

  node(op: string, inputs: string[], shape: Map3, attributes: Attributes = {}): string {
    const output = `${op.toLowerCase()}${this.#count++}`;
    this.#nodes.push({
      op_type: op,
      name: output,
      input: inputs,
      output: [output],
      attribute: list(attributes),
    });
    this.#shapes.set(output, shape);
    return output;
  }

  /** An operator that keeps the shape of its first input. */
  each(op: string, inputs: string[], attributes: Attributes = {}): string {
    const known = inputs.find((i) => this.#shapes.has(i)) as string;
    return this.node(op, inputs, this.shapeOf(known), attributes);
  }

  constant(dims: number[], values: number[] | ((i: number) => number)): string {
    const length = dims.reduce((a, b) => a * b, 1);
    const all = Array.isArray(values) ? values : Array.from({ length }, (_, i) => values(i));
    return this.#initialize(dims, Float32Array.from(all));
  }

  integers(values: number[]): string {
    return this.#initialize([values.length], BigInt64Array.from(values, BigInt));
  }

  /** Normal with the deviation that keeps the size of activations (He et al. 2015). */
  weights(dims: number[], fanIn: number): string {
    return this.constant(dims, () => this.normal() * Math.sqrt(2 / fanIn));
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }

  conv(
    from: string,
    channels: number,
    kernel: number,
    { pad = Math.floor(kernel / 2), stride = 1, groups = 1 } = {},
  ): string {
    const [inputs, h, w] = this.shapeOf(from);
    const fanIn = (inputs / groups) * kernel ** 2;
    const weights = this.weights([channels, inputs / groups, kernel, kernel], fanIn);
    const bias = this.constant([channels], () => 0.1 * this.normal());
    const size = (n: number): number => Math.floor((n + 2 * pad - kernel) / stride) + 1;
    const attributes = {
      kernel_shape: [kernel, kernel],
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
      group: groups,
    };
    return this.node('Conv', [from, weights, bias], [channels, size(h), size(w)], attributes);
  }

  relu(from: string): string {
    return this.each('Relu', [from]);
  }

  batchNorm(from: string): string {
    const [c] = this.shapeOf(from);
    const near = (mean: number, spread: number) => (): number => mean + spread * this.normal();
    const constants = [near(1, 0.1), near(0, 0.1), near(0, 0.1), () => 1 + 0.2 * this.#random()];
    return this.each('BatchNormalization', [from, ...constants.map((of) => this.constant([c], of))]);
  }

  pool(op: 'AveragePool' | 'MaxPool', from: string, size = 2): string {
    const [c, h, w] = this.shapeOf(from);
    const attributes = { kernel_shape: [size, size], strides: [size, size] };
    return this.node(op, [from], [c, Math.floor(h / size), Math.floor(w / size)], attributes);
  }

  globalPool(from: string): string {
    return this.node('GlobalAveragePool', [from], [this.shapeOf(from)[0], 1, 1]);
  }

  flatten(from: string): string {
    const [c, h, w] = this.shapeOf(from);
    return this.node('Flatten', [from], [c * h * w, 1, 1]);
  }

  dense(from: string, outputs: number): string {
    const [inputs] = this.shapeOf(from);
    const bias = this.constant([outputs], () => 0.1 * this.normal());
    return this.node('Gemm', [from, this.weights([outputs, inputs], inputs), bias], [outputs, 1, 1], {
      transB: 1,
    });
  }

  /** A classifier, whose weights are set later. */
  classifier(from: string, classes = 10): void {
    this.features.push(from);
    const logits = this.dense(from, classes);
    this.headOf(from, logits);
    this.outputs.push(logits);
  }

  /** `logits` is what the classifier of these features makes, by whatever operator. */
  headOf(features: string, logits: string): void {
    this.#heads.set(features, logits);
  }

  /** Weights of the classifier that reads feature `index`, [class][feature]. */
  train(index: number, weights: Float32Array, bias: Float32Array): void {
    const made = this.#heads.get(this.features[index] as string);
    const node = this.#nodes.find((n) => n.output[0] === made);
    const [, w = '', b = ''] = node?.input ?? [];
    (this.#initializers.get(w) as Initializer).values = weights;
    (this.#initializers.get(b) as Initializer).values = bias;
  }

  encode(outputs = this.outputs): Uint8Array {
    const value = (name: string, dims?: number[]): object => ({
      name,
      type: {
        tensor_type: {
          elem_type: 1,
          ...(dims === undefined
            ? {}
            : { shape: { dim: [{ dim_param: 'N' }, ...dims.map((d) => ({ dim_value: d }))] } }),
        },
      },
    });
    const initializer = [...this.#initializers.values()].map(({ name, dims, values }) => ({
      name,
      dims,
      data_type: values instanceof Float32Array ? 1 : 7,
      raw_data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    }));
    const graph = {
      node: this.#nodes,
      name: 'stranger',
      initializer,
      input: [value('image', this.#input)],
      output: outputs.map((o) => value(o)),
    };
    const model = {
      ir_version: 8,
      producer_name: 'strangers',
      graph,
      opset_import: [{ domain: '', version: 17 }],
    };
    return OnnxModel.encode(OnnxModel.fromObject(model)).finish();
  }

  #initialize(dims: number[], values: Initializer['values']): string {
    const name = `c${this.#count++}`;
    this.#initializers.set(name, { name, dims, values });
    return name;
  }
}

function list(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'number') return { name, type: 2, i: value };
    if (Array.isArray(value)) return { name, type: 7, ints: value };
    return { name, type: 1, f: value.float };
  });
}
