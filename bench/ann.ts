/**
 * A burst network of one step as the ANN that it is, in ONNX: the same integer weights, counts as activations. In fp32
 * every sum is a whole number below 2^24, so ONNX Runtime must give the engine's evidence to the last bit.
 */
import { OnnxModel } from '../tools/import/onnx/onnx-schema.ts';
import type { Model, SpikingLayer } from '../tools/model.ts';
import { IMAGE } from '../tools/network.ts';

export type Form =
  /** Convolution, division by θ, floor, clip to K: the same function. */
  | 'exact'
  /** 1/θ folded into the weights, clip: what a ReLU network of this shape costs at the least. */
  | 'relu'
  /** QLinearConv of 8 bits with θ as its scale, then clip to K: the same function but for ties. */
  | 'int8'
  /** The same without the clip: the least that int8 costs. */
  | 'int8-relu';

const [FLOAT, UINT8, INT8, INT32] = [1, 2, 3, 6] as const;
/** AttributeProto.type */
const [INT, INTS] = [2, 7] as const;
const OPSET = 17;

interface Node {
  op_type: string;
  input: string[];
  output: string[];
  attribute?: object[];
}

/** Input `image` [1, C, H, W], values 0..255; output `evidence` [1, classes]. Exits before the last are left out. */
export function annOf(model: Model, form: Form): Uint8Array {
  const graph = new Graph();
  const quantized = form.startsWith('int8');
  const last = model.layers.length - 1;
  let map = 'image';
  if (quantized) {
    // The image comes as float too: every contestant is handed the same bytes, widened outside the clock.
    map = graph.add('QuantizeLinear', [map, graph.one, graph.zero], 'pixels');
  }
  const chain: number[] = [];
  for (let i = last; i !== IMAGE; i = model.layers[i]?.projections[0]?.source as number) chain.unshift(i);
  for (const i of chain.slice(0, -1)) {
    const layer = model.layers[i] as SpikingLayer;
    map = quantized ? int8Layer(graph, layer, i, map, form) : floatLayer(graph, layer, i, map, form);
  }
  if (quantized) map = graph.add('DequantizeLinear', [map, graph.one, graph.zero], 'counts');
  const head = model.layers[last] as SpikingLayer;
  const [classes] = head.shape;
  const inputs = (model.layers[chain.at(-2) as number] as SpikingLayer).shape;
  const weights = Float32Array.from(head.projections[0]?.weights as Int8Array);
  const bias = Float32Array.from(head.bias, (b, c) => b + (head.start[c] as number));
  map = graph.add('GlobalAveragePool', [map], 'mean');
  map = graph.add('Flatten', [map], 'flat');
  // A mean times H·W is the sum; powers of two lose nothing.
  const positions = Float32Array.of(inputs[1] * inputs[2]);
  map = graph.add('Mul', [map, graph.constant('positions', FLOAT, [1], positions)], 'sum');
  graph.nodes.push({
    op_type: 'Gemm',
    input: [
      map,
      graph.constant('head', FLOAT, [inputs[0], classes], weights),
      graph.constant('head_bias', FLOAT, [classes], bias),
    ],
    output: ['evidence'],
  });
  return graph.encode([1, ...model.input], [1, classes]);
}

function floatLayer(graph: Graph, layer: SpikingLayer, index: number, from: string, form: Form): string {
  const scale = 2 ** layer.shift;
  const exact = form === 'exact';
  const per = (c: number): number => (exact ? 1 : 1 / ((layer.threshold[c] as number) * scale));
  const { values, dims } = kernels(layer);
  const size = values.length / layer.shape[0];
  const weights = Float32Array.from(values, (w, i) => w * per(Math.floor(i / size)));
  const bias = Float32Array.from(
    layer.bias,
    (b, c) => (b + (exact ? 0 : (layer.start[c] as number) * scale)) * per(c),
  );
  let map = graph.add(
    'Conv',
    [
      from,
      graph.constant(`weights${index}`, FLOAT, dims, weights),
      graph.constant(`bias${index}`, FLOAT, [layer.shape[0]], bias),
    ],
    `conv${index}`,
    window(layer),
  );
  const column = [1, layer.shape[0], 1, 1];
  const channel = (name: string, of: (c: number) => number): string =>
    graph.constant(
      `${name}${index}`,
      FLOAT,
      column,
      Float32Array.from(layer.bias, (_, c) => of(c)),
    );
  if (exact) {
    if (layer.shift > 0) {
      map = graph.add('Add', [map, channel('half', () => scale / 2)], `rounded${index}`);
      map = graph.add('Div', [map, channel('scale', () => scale)], `scaled${index}`);
      map = graph.add('Floor', [map], `shifted${index}`);
    }
    map = graph.add('Add', [map, channel('start', (c) => layer.start[c] as number)], `started${index}`);
    map = graph.add(
      'Div',
      [map, channel('threshold', (c) => layer.threshold[c] as number)],
      `divided${index}`,
    );
    map = graph.add('Floor', [map], `floor${index}`);
  }
  const [low, high] = [graph.constant('none', FLOAT, [], Float32Array.of(0)), graph.most(layer.burst)];
  return graph.add('Clip', [map, low, high], `counts${index}`);
}

function int8Layer(graph: Graph, layer: SpikingLayer, index: number, from: string, form: Form): string {
  const { values, dims } = kernels(layer);
  const [channels] = layer.shape;
  const scales = Float32Array.from(layer.threshold, (t) => 1 / (t * 2 ** layer.shift));
  // QLinearConv rounds to the nearest, a start value of θ/2 makes ⌊ ⌋ of it: nothing is left to add.
  const bias = Int32Array.from(
    layer.bias,
    (b, c) =>
      b + ((layer.start[c] as number) - Math.floor((layer.threshold[c] as number) / 2)) * 2 ** layer.shift,
  );
  const map = graph.add(
    'QLinearConv',
    [
      from,
      graph.one,
      graph.zero,
      graph.constant(`weights${index}`, INT8, dims, values),
      graph.constant(`scales${index}`, FLOAT, [channels], scales),
      graph.constant(`zeros${index}`, INT8, [channels], new Int8Array(channels)),
      graph.one,
      graph.zero,
      graph.constant(`bias${index}`, INT32, [channels], bias),
    ],
    `conv${index}`,
    window(layer),
  );
  if (form === 'int8-relu') return map;
  const [low, high] = [
    graph.zero,
    graph.constant(`most${layer.burst}`, UINT8, [], Uint8Array.of(layer.burst)),
  ];
  return graph.add('Clip', [map, low, high], `counts${index}`);
}

/** [tap][input][output] as ONNX has it, [output][input][y][x]. */
function kernels(layer: SpikingLayer): { values: Int8Array; dims: number[] } {
  const [s] = layer.projections as [SpikingLayer['projections'][0]];
  const [channels] = layer.shape;
  const taps = s.kernel[0] * s.kernel[1];
  const inputs = s.weights.length / taps / channels;
  const values = new Int8Array(s.weights.length);
  for (let t = 0; t < taps; t++)
    for (let k = 0; k < inputs; k++)
      for (let c = 0; c < channels; c++)
        values[(c * inputs + k) * taps + t] = s.weights[(t * inputs + k) * channels + c] as number;
  return { values, dims: [channels, inputs, ...s.kernel] };
}

function window({ projections: [s] }: SpikingLayer): object[] {
  if (s === undefined) return [];
  const ints = (name: string, values: number[]): object => ({ name, ints: values, type: INTS });
  const [top, left] = s.padding;
  return [
    ints('kernel_shape', s.kernel),
    ints('strides', s.stride),
    ints('pads', [top, left, top, left]),
    { name: 'group', i: 1, type: INT },
  ];
}

class Graph {
  readonly nodes: Node[] = [];
  readonly #constants = new Map<string, object>();

  add(op_type: string, input: string[], output: string, attribute: object[] = []): string {
    this.nodes.push({ op_type, input, output: [output], attribute });
    return output;
  }

  constant(name: string, data_type: number, dims: number[], values: ArrayBufferView): string {
    const raw_data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#constants.set(name, { name, data_type, dims, raw_data });
    return name;
  }

  get one(): string {
    return this.constant('one', FLOAT, [], Float32Array.of(1));
  }

  get zero(): string {
    return this.constant('zero', UINT8, [], Uint8Array.of(0));
  }

  most(burst: number): string {
    return this.constant(`most${burst}`, FLOAT, [], Float32Array.of(burst));
  }

  encode(input: number[], output: number[]): Uint8Array {
    const value = (name: string, dims: number[]): object => ({
      name,
      type: { tensor_type: { elem_type: FLOAT, shape: { dim: dims.map((dim_value) => ({ dim_value })) } } },
    });
    const graph = {
      name: 'ann',
      node: this.nodes,
      initializer: [...this.#constants.values()],
      input: [value('image', input)],
      output: [value('evidence', output)],
    };
    return OnnxModel.encode(
      OnnxModel.fromObject({
        ir_version: 8,
        producer_name: 'snn.wasm bench',
        graph,
        opset_import: [{ version: OPSET }],
      }),
    ).finish();
  }
}
