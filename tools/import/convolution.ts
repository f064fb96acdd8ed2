/** Conv. */
import type { Shape } from '../network.ts';
import { numberOf, numbersOf } from './attributes.ts';
import { type Linear, trained, trainedBias } from './linear.ts';
import type { OnnxNode } from './onnx.ts';
import { badNode } from './refusal.ts';
import type { Wired } from './wiring.ts';

export function readConvolution(graph: Wired, node: OnnxNode): Linear {
  const bad = (what: string): Error => badNode(graph, node, what);
  const { shape, values } = trained(graph, node, 1);
  if (shape.length !== 4) throw bad(`${shape.length - 2}-D convolution; only 2-D is supported`);
  const [outputs, inputs, height, width] = shape as [number, number, number, number];
  const integers = (key: string, otherwise: number[], least: number): number[] => {
    const value = numbersOf(graph, node, key) ?? otherwise;
    if (value.length === otherwise.length && value.every((v) => v >= least)) return value;
    throw bad(`${key} ${value.join(',')} are not supported; use ${otherwise.length} values from ${least} up`);
  };
  const dilations = integers('dilations', [1, 1], 1);
  if (dilations.some((d) => d !== 1))
    throw bad(`dilations ${dilations.join(',')} are not supported; retrain with dilation 1`);
  const group = numberOf(graph, node, 'group', 1);
  const depthwise = group > 1 && group === outputs && inputs === 1;
  if (group !== 1 && !depthwise)
    throw bad(`group ${group} is not supported yet; retrain with groups=1, or one group per channel`);
  const autoPad = node.attributes.get('auto_pad') ?? 'NOTSET';
  if (autoPad !== 'NOTSET') throw bad(`auto_pad ${autoPad} is not supported; export with explicit pads`);
  return {
    node,
    weights: values.slice(),
    bias: trainedBias(graph, node, outputs),
    outputs,
    inputs: inputs * group,
    conv: {
      kind: depthwise ? 'depthwise' : 'conv',
      kernel: [height, width],
      stride: integers('strides', [1, 1], 1) as [number, number],
      pads: integers('pads', [0, 0, 0, 0], 0) as [number, number, number, number],
    },
    source: node.inputs[0] as string,
  };
}

/** Output shape of a convolution over a map of this shape. */
export function convolvedShape(graph: Wired, linear: Linear, [inputs, height, width]: Shape): Shape {
  const { kernel, stride, pads } = linear.conv as NonNullable<Linear['conv']>;
  if (inputs !== linear.inputs)
    throw badNode(graph, linear.node, `${linear.inputs} input channels, its source has ${inputs}`);
  const h = Math.floor((height + pads[0] + pads[2] - kernel[0]) / stride[0]) + 1;
  const w = Math.floor((width + pads[1] + pads[3] - kernel[1]) / stride[1]) + 1;
  if (h < 1 || w < 1) {
    throw badNode(
      graph,
      linear.node,
      `kernel ${kernel.join('x')} does not fit its ${height}x${width} source`,
    );
  }
  return [linear.outputs, h, w];
}
