/** ONNX graph → Network: walks from every output back to the image, one layer per weighted operator. */
import { MAX_EXITS } from '../../assembly/shared/limits.ts';
import { IMAGE, type Layer, type Network, type Shape, type Synapses } from '../network.ts';
import { recogniseActivation, scalarInput } from './activation.ts';
import { addBias, bad, convShape, foldBatchNorm, type Linear, readLinear } from './linear.ts';
import { failure, type OnnxGraph, type OnnxNode, readOnnx } from './onnx.ts';

/** Operators that pass their input on unchanged at inference. */
const PASS = new Set(['Identity', 'Dropout', 'Cast']);
const SOFTMAX = new Set(['Softmax', 'LogSoftmax']);
const FLATTEN = new Set(['Flatten', 'Reshape', 'Squeeze']);
const POOL = new Set(['GlobalAveragePool', 'ReduceMean']);
const WEIGHTED = new Set(['Conv', 'Gemm', 'MatMul']);

export interface Imported {
  network: Network;
  /** Names of the batch normalizations that were folded. */
  folded: string[];
}

/** @throws Failure naming file, node, operator and what to do instead. */
export function importOnnx(bytes: Uint8Array, file: string): Imported {
  const graph = readOnnx(bytes, file);
  return new Importer(graph).run();
}

class Importer {
  readonly #graph: OnnxGraph;
  readonly #producers = new Map<string, OnnxNode>();
  readonly #layers: Layer[] = [];
  readonly #known = new Map<string, number>();
  readonly #open = new Set<string>();
  readonly #folded: string[] = [];

  constructor(graph: OnnxGraph) {
    this.#graph = graph;
    for (const node of graph.nodes) for (const output of node.outputs) this.#producers.set(output, node);
  }

  run(): Imported {
    const { outputs, file } = this.#graph;
    if (outputs.length > MAX_EXITS)
      throw failure(file, `${outputs.length} outputs; at most ${MAX_EXITS} exits are supported`);
    const input = this.#inputShape();
    const ends = outputs.map((o) => this.#beforeSoftmax(o));
    // Earliest first, whatever the order of export: an exit that reads less stands before one that reads more.
    const depth = new Map(ends.map((e) => [e, this.#ancestors(e).size]));
    ends.sort((a, b) => (depth.get(a) as number) - (depth.get(b) as number));
    const exits = ends.map((end) => this.#layer(end, true));
    if (new Set(exits).size !== exits.length)
      throw failure(file, 'two outputs are the same tensor; export one classifier per exit');
    const last = exits.at(-1) as number;
    if (last !== this.#layers.length - 1)
      throw failure(file, 'an exit stands behind the final one; check the order of the outputs');
    return { network: { input, layers: this.#layers, exits }, folded: this.#folded };
  }

  #inputShape(): Shape {
    const { input, file } = this.#graph;
    const [, ...dims] = input.shape;
    if (dims.some((d) => d <= 0))
      throw failure(
        file,
        `input "${input.name}": open dimensions; export with fixed channels, height and width`,
      );
    if (dims.length === 3) return dims as Shape;
    if (dims.length === 1) return [dims[0] as number, 1, 1];
    throw failure(
      file,
      `input "${input.name}" has ${input.shape.length} dimensions; use [N, channels, height, width]`,
    );
  }

  #beforeSoftmax(output: string): string {
    const node = this.#producers.get(output);
    return node !== undefined && (SOFTMAX.has(node.op) || PASS.has(node.op))
      ? this.#beforeSoftmax(node.inputs[0] as string)
      : output;
  }

  #ancestors(tensor: string, seen = new Set<OnnxNode>()): Set<OnnxNode> {
    const node = this.#producers.get(tensor);
    if (node === undefined || seen.has(node)) return seen;
    seen.add(node);
    for (const input of node.inputs) this.#ancestors(input, seen);
    return seen;
  }

  /** Index of the layer whose output, after its activation, is this tensor. */
  #layer(tensor: string, isExit = false): number {
    if (tensor === this.#graph.input.name) return IMAGE;
    const known = this.#known.get(tensor);
    if (known !== undefined) return known;
    if (this.#open.has(tensor))
      throw failure(this.#graph.file, `tensor "${tensor}" depends on itself; the graph has a loop`);
    this.#open.add(tensor);
    const { chain, linear } = this.#walkBack(tensor);
    const { synapses, shape } = this.#synapses(linear);
    const activation = recogniseActivation(this.#graph, chain);
    if (isExit !== (activation.kind === 'none')) {
      throw bad(
        this.#graph,
        chain.at(-1) ?? linear.node,
        isExit
          ? 'an activation on an output; export the logits'
          : 'no activation behind it; add a ReLU or QCFS',
      );
    }
    const index =
      this.#layers.push({
        name: linear.node.name,
        tensor,
        shape,
        synapses: [synapses],
        bias: linear.bias,
        activation,
      }) - 1;
    this.#known.set(tensor, index);
    return index;
  }

  /** From a layer's output back over its activation, biases and batch normalizations to the weights. */
  #walkBack(tensor: string): { chain: OnnxNode[]; linear: Linear } {
    const chain: OnnxNode[] = [];
    const after: OnnxNode[] = [];
    for (let at = tensor; ; ) {
      const node = this.#producer(at);
      if (WEIGHTED.has(node.op)) {
        const linear = readLinear(this.#graph, node);
        for (const n of after) this.#fold(linear, n);
        return { chain, linear };
      }
      const scalar = scalarInput(this.#graph, node);
      const folds = node.op === 'BatchNormalization' || this.#vectorConstant(node) !== undefined;
      if (scalar !== undefined && after.length === 0) chain.unshift(node);
      else if (folds) after.unshift(node);
      else if (!PASS.has(node.op)) throw this.#unsupported(node);
      at = scalar ?? this.#dataInput(node);
    }
  }

  #fold(linear: Linear, node: OnnxNode): void {
    if (node.op === 'BatchNormalization') {
      foldBatchNorm(this.#graph, linear, node);
      this.#folded.push(node.name);
    } else addBias(this.#graph, linear, node, this.#vectorConstant(node) as Float32Array);
  }

  #vectorConstant(node: OnnxNode): Float32Array | undefined {
    if (node.op !== 'Add') return undefined;
    const constants = node.inputs.map((i) => this.#graph.constants.get(i)).filter((t) => t !== undefined);
    return constants.length === 1 ? constants[0]?.values : undefined;
  }

  #dataInput(node: OnnxNode): string {
    return node.inputs.find((i) => !this.#graph.constants.has(i)) as string;
  }

  #synapses(linear: Linear): { synapses: Synapses; shape: Shape } {
    if (linear.conv !== undefined) {
      const source = this.#layer(this.#skipPass(linear.source));
      const shape = convShape(this.#graph, linear, this.#shapeOf(source));
      const { kernel, stride, pads } = linear.conv;
      return {
        synapses: {
          kind: 'conv',
          source,
          weights: linear.weights,
          kernel,
          stride,
          padding: [pads[0], pads[1]],
        },
        shape,
      };
    }
    const { tensor, pooled } = this.#behindFlatten(linear.source);
    const source = this.#layer(tensor);
    const [channels, height, width] = this.#shapeOf(source);
    const features = pooled ? channels : channels * height * width;
    if (features !== linear.inputs)
      throw bad(this.#graph, linear.node, `${linear.inputs} inputs, its source has ${features}`);
    const shape: Shape = [linear.outputs, 1, 1];
    if (pooled && source !== IMAGE)
      return { synapses: { kind: 'pooled', source, weights: linear.weights }, shape };
    if (pooled)
      throw bad(this.#graph, linear.node, 'reads the pooled image; put a convolution before the pool');
    // Flattened channel by channel, a map seen whole is a convolution with a kernel of its size.
    return {
      synapses: {
        kind: 'conv',
        source,
        weights: linear.weights,
        kernel: [height, width],
        stride: [1, 1],
        padding: [0, 0],
      },
      shape,
    };
  }

  /** Looks through Flatten and a global average pool. */
  #behindFlatten(tensor: string): { tensor: string; pooled: boolean } {
    let pooled = false;
    let at = tensor;
    for (;;) {
      const node = this.#producers.get(at);
      if (node === undefined || (!FLATTEN.has(node.op) && !POOL.has(node.op) && !PASS.has(node.op)))
        return { tensor: at, pooled };
      if (POOL.has(node.op)) {
        if (node.op === 'ReduceMean') this.#checkGlobal(node);
        pooled = true;
      }
      at = node.inputs[0] as string;
    }
  }

  #checkGlobal(node: OnnxNode): void {
    const attribute = node.attributes.get('axes') as number[] | undefined;
    const axes = attribute ?? Array.from(this.#graph.constants.get(node.inputs[1] ?? '')?.values ?? []);
    const positive = axes.map((a) => (a < 0 ? a + 4 : a)).sort();
    if (positive.join() !== '2,3')
      throw bad(
        this.#graph,
        node,
        `mean over axes ${axes.join(', ')}; only the mean over height and width is supported`,
      );
  }

  #skipPass(tensor: string): string {
    const node = this.#producers.get(tensor);
    return node !== undefined && PASS.has(node.op) ? this.#skipPass(node.inputs[0] as string) : tensor;
  }

  #shapeOf(layer: number): Shape {
    return layer === IMAGE ? this.#inputShape() : (this.#layers[layer] as Layer).shape;
  }

  #producer(tensor: string): OnnxNode {
    const node = this.#producers.get(tensor);
    if (node === undefined)
      throw failure(this.#graph.file, `tensor "${tensor}": nothing in the graph produces it; export again`);
    return node;
  }

  #unsupported(node: OnnxNode): Error {
    const advice: Record<string, string> = {
      MaxPool: 'use a convolution with stride 2 instead',
      AveragePool: 'use a convolution with stride 2 or a global average pool instead',
      LeakyRelu: 'train with ReLU or QCFS',
      Sigmoid: 'train with ReLU or QCFS',
      Tanh: 'train with ReLU or QCFS',
      Add: 'sums of two layers (residual blocks) are not supported yet',
      BatchNormalization: 'a batch normalization must stand directly behind a convolution or dense layer',
    };
    const known =
      'supported: Conv, Gemm, MatMul, BatchNormalization, Relu, Clip, QCFS, GlobalAveragePool, Flatten';
    return bad(this.#graph, node, `operator not supported here; ${advice[node.op] ?? known}`);
  }
}
