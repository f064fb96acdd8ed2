/** Conv. */
import type { Shape } from '../../network.ts';
import { numberOf, numbersOf } from './attributes.ts';
import { type Linear, takeWeights, trained, trainedBias } from './linear.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { badNode } from './refusal.ts';

export function readConvolution(graph: Wired, node: OnnxNode): Linear {
  const bad = (what: string): Error => badNode(graph, node, what);
  const { shape, values } = trained(graph, node, 1);
  if (shape.length !== 4) throw bad(`${shape.length - 2}-D convolution; only 2-D is supported`);
  const [outputs, perGroup, height, width] = shape as [number, number, number, number];
  const integers = (key: string, otherwise: number[], least: number): number[] => {
    const value = numbersOf(graph, node, key) ?? otherwise;
    if (value.length === otherwise.length && value.every((v) => v >= least)) return value;
    throw bad(`${key} ${value.join(',')} are not supported; use ${otherwise.length} values from ${least} up`);
  };
  const dilations = integers('dilations', [1, 1], 1);
  if (dilations.some((d) => d !== 1))
    throw bad(`dilations ${dilations.join(',')} are not supported; retrain with dilation 1`);
  const group = numberOf(graph, node, 'group', 1);
  if (!Number.isInteger(group) || group < 1 || outputs % group !== 0)
    throw bad(`group ${group} does not divide its ${outputs} outputs; the file is damaged`);
  const autoPad = String(node.attributes.get('auto_pad') ?? 'NOTSET');
  if (!['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(autoPad))
    throw bad(`auto_pad ${autoPad} is unknown; export with explicit pads`);
  return {
    node,
    weights: values.slice(),
    bias: trainedBias(graph, node, outputs),
    outputs,
    inputs: perGroup * group,
    conv: {
      groups: group,
      kernel: [height, width],
      stride: integers('strides', [1, 1], 1) as [number, number],
      pads: autoPad === 'NOTSET' ? (integers('pads', [0, 0, 0, 0], 0) as Pads) : [0, 0, 0, 0],
      autoPad,
    },
    source: node.inputs[0] as string,
  };
}

/** They are bytes in the file. */
const MOST = 255;

type Pads = [top: number, left: number, bottom: number, right: number];

/** Pads of auto_pad: the output is as large as the source over the stride, the odd row at the bottom or at the top. */
function samePads({ kernel, stride, autoPad }: Window, sizes: [number, number]): Pads {
  const all = sizes.map((size, i) => {
    const out = Math.ceil(size / (stride[i] as number));
    return Math.max(0, (out - 1) * (stride[i] as number) + (kernel[i] as number) - size);
  });
  const before = all.map((p) => (autoPad === 'SAME_UPPER' ? Math.floor(p / 2) : Math.ceil(p / 2)));
  const after = all.map((p, i) => p - (before[i] as number));
  return [...before, ...after] as Pads;
}

/** What slides over a map: of a convolution or an average pool. */
export interface Window {
  kernel: [height: number, width: number];
  stride: [y: number, x: number];
  pads: Pads;
  autoPad: string;
}

/** Rows and columns that the window makes of a map of this size, and the pads it then has. */
export function slide(
  graph: Wired,
  node: OnnxNode,
  window: Window,
  sizes: [number, number],
): [Pads, number, number] {
  const { kernel, stride, autoPad } = window;
  const pads = autoPad.startsWith('SAME') ? samePads(window, sizes) : window.pads;
  const h = Math.floor((sizes[0] + pads[0] + pads[2] - kernel[0]) / stride[0]) + 1;
  const w = Math.floor((sizes[1] + pads[1] + pads[3] - kernel[1]) / stride[1]) + 1;
  if (h < 1 || w < 1)
    throw badNode(graph, node, `kernel ${kernel.join('x')} does not fit its ${sizes.join('x')} source`);
  const large = [...stride, ...pads].find((n) => n > MOST);
  if (large !== undefined)
    throw badNode(graph, node, `strides and pads up to ${MOST} are supported, not ${large}`);
  return [pads, h, w];
}

/** Output shape of a convolution over a map of this shape, and its pads. */
export function convolvedShape(
  graph: Wired,
  linear: Linear,
  [inputs, height, width]: Shape,
): { shape: Shape; pads: Pads } {
  if (inputs !== linear.inputs)
    throw badNode(graph, linear.node, `${linear.inputs} input channels, its source has ${inputs}`);
  const window = linear.conv as NonNullable<Linear['conv']>;
  const [pads, h, w] = slide(graph, linear.node, window, [height, width]);
  const widened = [0, 1].map((axis) =>
    missingTaps(window, axis, pads[axis] as number, [height, width][axis] as number, [h, w][axis] as number),
  ) as [Taps, Taps];
  widenKernel(graph, linear, widened);
  const [top, left, bottom, right] = pads;
  return {
    shape: [linear.outputs, h, w],
    pads: [top + widened[0].before, left + widened[1].before, bottom, right],
  };
}

/** Taps of weight zero on either side of a kernel. */
interface Taps {
  before: number;
  after: number;
}

/** So that every window begins inside its source, or above it by less than the kernel: what the engine can run. */
function missingTaps({ kernel, stride }: Window, axis: number, pad: number, size: number, out: number): Taps {
  const last = (out - 1) * (stride[axis] as number) - pad;
  return { before: Math.max(0, last - size + 1), after: Math.max(0, pad - (kernel[axis] as number) + 1) };
}

/** Pads as large as the kernel make windows of padding alone, whose output is the bias. */
function widenKernel(graph: Wired, linear: Linear, [y, x]: [Taps, Taps]): void {
  if (y.before + y.after + x.before + x.after === 0) return;
  const window = linear.conv as NonNullable<Linear['conv']>;
  const [kh, kw] = window.kernel;
  const [height, width] = [kh + y.before + y.after, kw + x.before + x.after];
  const filters = linear.weights.length / (kh * kw);
  takeWeights(graph, linear.node, filters * height * width);
  const weights = new Float32Array(filters * height * width);
  linear.weights.forEach((w, i) => {
    const [filter, row, column] = [Math.floor(i / (kh * kw)), Math.floor(i / kw) % kh, i % kw];
    weights[(filter * height + row + y.before) * width + column + x.before] = w;
  });
  linear.weights = weights;
  window.kernel = [height, width];
}
