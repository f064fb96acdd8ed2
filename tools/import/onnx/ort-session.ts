/** The float network run by ONNX Runtime. Import it only where it is run. */
import * as ort from 'onnxruntime-web';
import { MOST_BATCH_VALUES } from '../../limits.ts';
import type { Shape } from '../../network.ts';
import type { FloatResult, FloatRuntime } from '../source.ts';
import { FLATTEN } from './dense.ts';
import { classifiers } from './ends.ts';
import { type Image, imageIn } from './image.ts';
import { columnsFirst } from './layout.ts';
import type { OnnxGraph, Wired } from './nodes.ts';
import { withOutputs } from './onnx.ts';
import { badFile } from './refusal.ts';
import { withoutNodes } from './without-nodes.ts';

/** Images per call where the file leaves the batch open: bounds the memory of the runtime. */
const BATCH = 64;

export class OrtSession implements FloatRuntime {
  readonly #session: ort.InferenceSession;
  readonly #input: { name: string; shape: number[] };
  readonly #exits: string[];
  readonly #image: Image;
  readonly #channelsLast: Set<string>;

  /** @throws Failure where the file cannot be run. */
  static async open(bytes: Uint8Array, graph: Wired, tensors: string[] = []): Promise<OrtSession> {
    const { file } = graph;
    const exits = classifiers(graph);
    const unknown = tensors.find((t) => !graph.producers.has(t));
    if (unknown !== undefined) throw badFile(file, `no tensor "${unknown}" is computed in it`);
    const more = [...new Set([...exits, ...tensors])].filter((t) => !graph.outputs.includes(t));
    // One thread: no workers are started, and sums are added in the same order on every machine.
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
    try {
      const session = await ort.InferenceSession.create(
        withOutputs(withoutNodes(bytes, graph.unneeded), more),
        {
          executionProviders: ['wasm'],
          logSeverityLevel: 3,
          externalData: [...graph.external].map(([path, data]) => ({ path, data })),
        },
      );
      return new OrtSession(session, graph, exits);
    } catch (error) {
      const [why] = (error as Error).message.split('\n');
      throw badFile(file, `ONNX Runtime refuses it (${why}); check it with onnx.checker and export again`);
    }
  }

  private constructor(session: ort.InferenceSession, graph: Wired, exits: string[]) {
    this.#session = session;
    this.#input = batchOf(graph);
    this.#exits = exits;
    this.#image = imageIn(graph);
    this.#channelsLast = graph.channelsLast.maps;
  }

  async run(pixels: Float32Array, n: number, tensors: string[] = []): Promise<FloatResult> {
    const [fixed = 0, ...dims] = this.#input.shape;
    const size = dims.reduce((a, b) => a * b, 1);
    if (pixels.length !== n * size)
      throw new RangeError(`${pixels.length} pixels for ${n} images of ${size}`);
    const names = [...new Set([...this.#exits, ...tensors])];
    const results = new Map<string, Float32Array>(names.map((name) => [name, new Float32Array(0)]));
    for (let first = 0; first < n; ) {
      const count = Math.min(n - first, fixed > 0 ? fixed : BATCH);
      // A batch that the exporter fixed is the only one the session takes: the last is filled up with zeros.
      const batch = fixed > 0 ? fixed : count;
      const data = new Float32Array(batch * size);
      const some = pixels.subarray(first * size, (first + count) * size);
      data.set(this.#image.channelsLast ? withChannelsLast(some, this.#image.shape) : some);
      const tensor = new ort.Tensor('float32', data, [batch, ...dims]);
      const found = await this.#session.run({ [this.#input.name]: tensor }, names);
      for (const name of names) {
        const { data: given, dims: shape } = found[name] as ort.Tensor;
        const [, height = 1, width = 1, channels = 1] = shape;
        const isLast = this.#channelsLast.has(name) && shape.length === 4;
        const made = given as Float32Array;
        const values = isLast ? columnsFirst(made, channels, height * width) : made;
        const perImage = values.length / batch;
        const all = first === 0 ? new Float32Array(n * perImage) : (results.get(name) as Float32Array);
        all.set(values.subarray(0, count * perImage), first * perImage);
        results.set(name, all);
      }
      first += count;
    }
    const result = (name: string): Float32Array => results.get(name) as Float32Array;
    return {
      // A Softmax after them in the file is left out.
      exits: this.#exits.map(result),
      tensors: new Map(tensors.map((name) => [name, result(name)])),
    };
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

/** An open batch is fixed all the same where the exporter wrote its own into a Reshape. */
function batchOf({ input, nodes, constants }: Wired): OnnxGraph['input'] {
  const [batch = 0, ...dims] = input.shape;
  const baked = nodes
    .filter((n) => FLATTEN.has(n.op))
    .map((n) => constants.get(n.inputs[1] ?? ''))
    .filter((t) => t?.values.length === 2 || t?.values.length === 4)
    .map((t) => t?.values[0] as number)
    .find((n) => n > 0 && n * dims.reduce((a, b) => a * b, 1) <= MOST_BATCH_VALUES);
  return batch > 0 || baked === undefined ? input : { ...input, shape: [baked, ...dims] };
}

/** [n][channel][y][x] → [n][y][x][channel] */
function withChannelsLast(values: Float32Array, [channels, height, width]: Shape): Float32Array {
  const size = height * width;
  return values.map((_, at) => {
    const image = at - (at % (channels * size));
    const place = at % (channels * size);
    return values[image + (place % channels) * size + Math.floor(place / channels)] as number;
  });
}
