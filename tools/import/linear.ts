/** The weighted part of a layer: Conv, Gemm or MatMul, with batch normalizations and biases folded into it. */
import type { Shape } from '../network.ts';
import { failure, type OnnxGraph, type OnnxNode, type Tensor } from './onnx.ts';

export interface Linear {
  node: OnnxNode;
  /** Conv: OIHW, dense: [outputs][inputs]. */
  weights: Float32Array;
  bias: Float32Array;
  outputs: number;
  inputs: number;
  conv?: {
    kernel: [number, number];
    stride: [number, number];
    pads: [top: number, left: number, bottom: number, right: number];
  };
  /** Tensor that it reads. */
  source: string;
}

export function readLinear(graph: OnnxGraph, node: OnnxNode): Linear {
  if (node.op === 'Conv') return readConv(graph, node);
  const weight = constant(graph, node, 1);
  if (weight.shape.length !== 2) throw bad(graph, node, 'weights must be a matrix');
  const number = (key: string, otherwise: number): number => Number(node.attributes.get(key) ?? otherwise);
  if (number('transA', 0) !== 0 || number('alpha', 1) !== 1 || number('beta', 1) !== 1) {
    throw bad(graph, node, 'transA, alpha and beta are not supported; export nn.Linear');
  }
  const transposed = node.op === 'Gemm' && number('transB', 0) === 1;
  const [rows, columns] = weight.shape as [number, number];
  const [outputs, inputs] = transposed ? [rows, columns] : [columns, rows];
  const weights = transposed
    ? weight.values
    : Float32Array.from(
        { length: rows * columns },
        (_, i) => weight.values[(i % inputs) * outputs + Math.floor(i / inputs)] as number,
      );
  const bias =
    node.op === 'Gemm' && node.inputs[2] ? constant(graph, node, 2).values : new Float32Array(outputs);
  if (bias.length !== outputs) throw bad(graph, node, `${bias.length} biases for ${outputs} outputs`);
  return {
    node,
    weights: weights.slice(),
    bias: bias.slice(),
    outputs,
    inputs,
    source: node.inputs[0] as string,
  };
}

function readConv(graph: OnnxGraph, node: OnnxNode): Linear {
  const weight = constant(graph, node, 1);
  if (weight.shape.length !== 4)
    throw bad(graph, node, `${weight.shape.length - 2}-dimensional convolution; only 2-D is supported`);
  const [outputs, inputs, height, width] = weight.shape as [number, number, number, number];
  const ints = (key: string, otherwise: number[]): number[] =>
    (node.attributes.get(key) as number[] | undefined) ?? otherwise;
  if (ints('dilations', [1, 1]).some((d) => d !== 1))
    throw bad(graph, node, 'dilations are not supported; retrain with dilation 1');
  if (Number(node.attributes.get('group') ?? 1) !== 1)
    throw bad(graph, node, 'groups are not supported yet; retrain with groups=1');
  if (node.attributes.has('auto_pad') && !node.attributes.has('pads')) {
    throw bad(graph, node, 'auto_pad is not supported; export with explicit pads');
  }
  const bias = node.inputs[2] ? constant(graph, node, 2).values : new Float32Array(outputs);
  return {
    node,
    weights: weight.values.slice(),
    bias: bias.slice(),
    outputs,
    inputs,
    conv: {
      kernel: [height, width],
      stride: ints('strides', [1, 1]) as [number, number],
      pads: ints('pads', [0, 0, 0, 0]) as [number, number, number, number],
    },
    source: node.inputs[0] as string,
  };
}

/** y = γ·(x − μ)/√(σ² + ε) + β, folded into the layer before it. */
export function foldBatchNorm(graph: OnnxGraph, linear: Linear, node: OnnxNode): void {
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => constant(graph, node, i).values) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  if (gamma.length !== linear.outputs)
    throw bad(graph, node, `${gamma.length} channels after a layer of ${linear.outputs}`);
  const epsilon = Number(node.attributes.get('epsilon') ?? 1e-5);
  const scale = gamma.map((g, c) => g / Math.sqrt((variance[c] as number) + epsilon));
  scaleOutputs(linear, scale);
  linear.bias = linear.bias.map(
    (b, c) => b - (mean[c] as number) * (scale[c] as number) + (beta[c] as number),
  );
}

function scaleOutputs(linear: Linear, scale: Float32Array): void {
  const perOutput = linear.weights.length / linear.outputs;
  linear.weights = linear.weights.map((w, i) => w * (scale[Math.floor(i / perOutput)] as number));
  linear.bias = linear.bias.map((b, c) => b * (scale[c] as number));
}

/** MatMul + Add: a constant per output. */
export function addBias(graph: OnnxGraph, linear: Linear, node: OnnxNode, values: Float32Array): void {
  if (values.length !== linear.outputs)
    throw bad(graph, node, `${values.length} constants for ${linear.outputs} channels`);
  linear.bias = linear.bias.map((b, c) => b + (values[c] as number));
}

export function convShape(graph: OnnxGraph, linear: Linear, [inputs, height, width]: Shape): Shape {
  const { kernel, stride, pads } = linear.conv as NonNullable<Linear['conv']>;
  if (inputs !== linear.inputs)
    throw bad(graph, linear.node, `${linear.inputs} input channels, its source has ${inputs}`);
  const h = Math.floor((height + pads[0] + pads[2] - kernel[0]) / stride[0]) + 1;
  const w = Math.floor((width + pads[1] + pads[3] - kernel[1]) / stride[1]) + 1;
  if (h < 1 || w < 1)
    throw bad(graph, linear.node, `kernel ${kernel.join('x')} does not fit its ${height}x${width} source`);
  return [linear.outputs, h, w];
}

function constant(graph: OnnxGraph, node: OnnxNode, input: number): Tensor {
  const name = node.inputs[input] ?? '';
  const tensor = graph.constants.get(name);
  if (tensor === undefined)
    throw bad(graph, node, `input ${input} ("${name}") is not a constant in the file; export with weights`);
  return tensor;
}

export function bad(graph: OnnxGraph, node: OnnxNode, what: string): Error {
  return failure(graph.file, `node "${node.name}" (${node.op}, opset ${graph.opset}): ${what}`);
}
