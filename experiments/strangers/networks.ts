/** Networks as strangers write them: LeNets of every kind, and what else classifies small pictures. */
import type { Graph } from './graph.ts';

export interface Stranger {
  name: string;
  /** What the file takes, without the batch. */
  input: number[];
  channelsLast?: boolean;
  make: (graph: Graph) => void;
}

const GREY = [1, 28, 28];

/** conv, activation, pool, twice; two dense layers. */
function leNet(pool: (g: Graph, x: string) => string, activate: (g: Graph, x: string) => string, bn = false) {
  return (g: Graph): void => {
    const conv = (x: string, channels: number): string => {
      const made = g.conv(x, channels, 5, { pad: 2 });
      return pool(g, activate(g, bn ? g.batchNorm(made) : made));
    };
    const x = g.flatten(conv(conv('image', 8), 16));
    g.classifier(activate(g, g.dense(x, 120)));
  };
}

const average = (g: Graph, x: string): string => g.pool('AveragePool', x);
const max = (g: Graph, x: string): string => g.pool('MaxPool', x);
const relu = (g: Graph, x: string): string => g.relu(x);
const one =
  (op: string, attributes = {}) =>
  (g: Graph, x: string): string =>
    g.each(op, [x], attributes);
const strided = (g: Graph, x: string): string => g.relu(g.conv(x, g.shapeOf(x)[0], 3, { stride: 2 }));
const clip = (g: Graph, x: string): string => g.each('Clip', [x, g.constant([], [0]), g.constant([], [6])]);

/** h(x) = (λ/L)·clip(⌊x·L/λ + ½⌋, 0, L) */
const qcfs = (g: Graph, x: string): string => {
  const [levels, ceiling] = [8, 3];
  const scaled = g.each('Div', [x, g.constant([], [ceiling / levels])]);
  const floored = g.each('Floor', [g.each('Add', [scaled, g.constant([], [0.5])])]);
  const clipped = g.each('Clip', [floored, g.constant([], [0]), g.constant([], [levels])]);
  return g.each('Mul', [clipped, g.constant([], [ceiling / levels])]);
};

/** Some layers of 3x3 kernels, every second with stride 2, then the mean of each channel. */
function allConv(channels: number[], more: (g: Graph, x: string) => string = (_, x) => x) {
  return (g: Graph): void => {
    let x = 'image';
    for (const [i, c] of channels.entries()) x = more(g, g.relu(g.conv(x, c, 3, { stride: 1 + (i % 2) })));
    g.classifier(g.flatten(g.globalPool(x)));
  };
}

function block(g: Graph, x: string, channels: number, stride: number, norm: (x: string) => string): string {
  const a = g.relu(norm(g.conv(x, channels, 3, { stride })));
  const b = norm(g.conv(a, channels, 3));
  const skip =
    stride === 1 && g.shapeOf(x)[0] === channels ? x : norm(g.conv(x, channels, 1, { pad: 0, stride }));
  return g.relu(g.each('Add', [b, skip]));
}

function resNet(bn: boolean) {
  return (g: Graph): void => {
    const norm = (x: string): string => (bn ? g.batchNorm(x) : x);
    let x = g.relu(norm(g.conv('image', 12, 3)));
    for (const [c, s] of [
      [12, 1],
      [24, 2],
      [48, 2],
    ] as const)
      x = block(g, x, c, s, norm);
    g.classifier(g.flatten(g.globalPool(x)));
  };
}

function mobileNet(g: Graph): void {
  let x = g.relu(g.conv('image', 16, 3, { stride: 2 }));
  for (const [c, stride] of [
    [32, 1],
    [64, 2],
  ] as const) {
    x = clip(g, g.batchNorm(g.conv(x, g.shapeOf(x)[0], 3, { stride, groups: g.shapeOf(x)[0] })));
    x = clip(g, g.batchNorm(g.conv(x, c, 1, { pad: 0 })));
  }
  g.classifier(g.flatten(g.globalPool(x)));
}

/** Ends in a convolution instead of a dense layer: 1x1 behind the pool, or as large as its map. */
function convolutionHead(g: Graph, whole: boolean): void {
  const x = g.relu(g.conv(g.relu(g.conv('image', 12, 5, { stride: 2 })), 24, 5, { stride: 2 }));
  const from = whole ? x : g.globalPool(x);
  const [c, h] = g.shapeOf(from);
  const flat = g.flatten(from);
  g.features.push(flat);
  const weights = g.weights([10, c, h, h], c * h * h);
  const bias = g.constant([10], () => 0);
  const logits = g.node('Conv', [from, weights, bias], [10, 1, 1]);
  g.headOf(flat, logits);
  g.outputs.push(g.flatten(logits));
}

function twoExits(g: Graph): void {
  const a = average(g, g.relu(g.conv('image', 12, 5)));
  g.classifier(g.flatten(g.globalPool(g.relu(g.conv(a, 32, 3, { stride: 2 })))));
  const b = average(g, g.relu(g.conv(a, 24, 5)));
  g.classifier(g.relu(g.dense(g.flatten(b), 100)));
}

const inGraph = (g: Graph): void => {
  const x = g.each('Div', [
    g.each('Sub', ['image', g.constant([1, 1, 1, 1], [0.1307])]),
    g.constant([1], [0.3081]),
  ]);
  g.classifier(g.relu(g.dense(g.flatten(average(g, g.relu(g.conv(x, 8, 5)))), 100)));
};

const scaledChannels = (g: Graph): void => {
  const x = g.conv('image', 12, 5);
  const scaled = g.each('Mul', [x, g.constant([12, 1, 1], () => 1 + 0.5 * g.normal())]);
  g.classifier(g.relu(g.dense(g.flatten(average(g, g.relu(scaled))), 100)));
};

const channelsLast = (g: Graph): void => {
  const x = g.node('Transpose', ['image'], [1, 28, 28], { perm: [0, 3, 1, 2] });
  g.classifier(g.relu(g.dense(g.flatten(average(g, g.relu(g.conv(x, 8, 5)))), 100)));
};

const squeezeAndExcitation = (g: Graph): void => {
  const x = g.relu(g.conv('image', 12, 3, { stride: 2 }));
  const gate = g.each('Sigmoid', [g.conv(g.globalPool(x), 12, 1, { pad: 0 })]);
  g.classifier(g.flatten(g.globalPool(g.each('Mul', [x, gate]))));
};

const branched = (g: Graph): void => {
  const x = g.relu(g.conv('image', 8, 3, { stride: 2 }));
  const [a, b] = [g.relu(g.conv(x, 8, 1)), g.relu(g.conv(x, 8, 3))];
  const joined = g.node('Concat', [a, b], [16, 14, 14], { axis: 1 });
  g.classifier(g.flatten(g.globalPool(g.relu(g.conv(joined, 32, 3)))));
};

const mlp =
  (widths: number[]) =>
  (g: Graph): void => {
    let x = 'image';
    for (const w of widths) x = g.relu(g.dense(x, w));
    g.classifier(x);
  };

export const STRANGERS: Stranger[] = [
  { name: 'LeNet, average pool, ReLU', input: GREY, make: leNet(average, relu) },
  { name: 'LeNet, max pool, ReLU', input: GREY, make: leNet(max, relu) },
  { name: 'LeNet, strides, ReLU', input: GREY, make: leNet(strided, relu) },
  { name: 'LeNet, average pool, batch norm', input: GREY, make: leNet(average, relu, true) },
  { name: 'LeNet, strides, batch norm', input: GREY, make: leNet(strided, relu, true) },
  {
    name: 'LeNet, LeakyReLU',
    input: GREY,
    make: leNet(average, one('LeakyRelu', { alpha: { float: 0.1 } })),
  },
  { name: 'LeNet, ReLU6', input: GREY, make: leNet(average, clip) },
  { name: 'LeNet, ReLU6, strides', input: GREY, make: leNet(strided, clip) },
  { name: 'LeNet, QCFS', input: GREY, make: leNet(average, qcfs) },
  {
    name: 'LeNet, QCFS, strides',
    input: GREY,
    make: leNet((g, x) => qcfs(g, g.conv(x, g.shapeOf(x)[0], 3, { stride: 2 })), qcfs),
  },
  { name: 'LeNet, tanh', input: GREY, make: leNet(average, one('Tanh')) },
  { name: 'LeNet, sigmoid, max pool', input: GREY, make: leNet(max, one('Sigmoid')) },
  { name: 'two exits', input: GREY, make: twoExits },
  { name: 'all convolutions, 4', input: GREY, make: allConv([16, 24, 32, 64]) },
  { name: 'all convolutions, 6', input: GREY, make: allConv([16, 16, 32, 32, 64, 128]) },
  { name: 'all convolutions, dropout', input: GREY, make: allConv([16, 32, 64, 96], one('Dropout')) },
  {
    name: 'grouped convolutions',
    input: GREY,
    make: (g) =>
      g.classifier(
        g.flatten(
          g.globalPool(g.relu(g.conv(g.relu(g.conv('image', 16, 5, { stride: 2 })), 64, 3, { groups: 4 }))),
        ),
      ),
  },
  { name: 'depthwise and ReLU6, as MobileNet', input: GREY, make: mobileNet },
  { name: 'ResNet, plain', input: GREY, make: resNet(false) },
  { name: 'ResNet, batch norm', input: GREY, make: resNet(true) },
  { name: '1x1 convolution as head', input: GREY, make: (g) => convolutionHead(g, false) },
  { name: 'convolution as large as its map as head', input: GREY, make: (g) => convolutionHead(g, true) },
  { name: 'normalization in the graph', input: GREY, make: inGraph },
  { name: 'constant scales per channel', input: GREY, make: scaledChannels },
  { name: 'channels last', input: [28, 28, 1], channelsLast: true, make: channelsLast },
  { name: 'MLP, one hidden layer, flat input', input: [784], make: mlp([200]) },
  { name: 'MLP, two hidden layers, flat input', input: [784], make: mlp([200, 150]) },
  { name: 'MLP, five hidden layers, flat input', input: [784], make: mlp([150, 150, 150, 150, 150]) },
  { name: 'squeeze and excitation', input: GREY, make: squeezeAndExcitation },
  { name: 'Inception: branches by Concat', input: GREY, make: branched },
  { name: 'GELU, as ConvNeXt', input: GREY, make: allConv([16, 32, 64, 96], one('Elu')) },
  {
    name: 'wide kernels, 9x9',
    input: GREY,
    make: (g) =>
      g.classifier(
        g.flatten(
          g.globalPool(g.relu(g.conv(g.relu(g.conv('image', 16, 9, { stride: 2 })), 64, 5, { stride: 2 }))),
        ),
      ),
  },
];
