/** The float ANN, run by ONNX Runtime: what every later stage is compared with. Import it only where it is run. */
import * as ort from 'onnxruntime-web';
import { classifiers, inputShape } from './ends.ts';
import { noExternal, type ReadExternal } from './external.ts';
import { externalLocations, readOnnx, withOutputs } from './onnx.ts';
import { badFile } from './refusal.ts';
import { wire } from './wiring.ts';

export interface AnnOptions {
  /** Intermediate tensors of the file that `run` shall return too. */
  tensors?: string[];
  /** For messages. */
  file?: string;
  /** Of weights outside the file. */
  readExternal?: ReadExternal;
}

export interface AnnResult {
  /** Per exit: logits [n][class], in the order of the file's outputs; a Softmax there is left out. */
  exits: Float32Array[];
  /** The further tensors asked for, [n][channel][y][x]. */
  tensors: Map<string, Float32Array>;
}

/** Images per call where the file leaves the batch open: bounds the memory of the runtime. */
const BATCH = 64;

export class Ann {
  readonly #session: ort.InferenceSession;
  readonly #input: { name: string; shape: number[] };
  readonly #exits: string[];
  readonly #tensors: string[];

  /** @throws Failure where the file cannot be read or run. */
  static async open(
    onnx: Uint8Array,
    { tensors = [], file = 'model.onnx', readExternal = noExternal(file) }: AnnOptions = {},
  ): Promise<Ann> {
    const graph = wire(readOnnx(onnx, file, readExternal));
    inputShape(graph);
    const exits = classifiers(graph);
    const unknown = tensors.find((t) => !graph.producers.has(t));
    if (unknown !== undefined) throw badFile(file, `no tensor "${unknown}" is computed in it`);
    const more = [...new Set([...exits, ...tensors])].filter((t) => !graph.outputs.includes(t));
    // One thread: no workers are started, and sums are added in the same order on every machine.
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
    try {
      const session = await ort.InferenceSession.create(withOutputs(onnx, more), {
        executionProviders: ['wasm'],
        logSeverityLevel: 3,
        externalData: externalLocations(onnx, file).map((path) => ({ path, data: readExternal(path) })),
      });
      return new Ann(session, graph.input, exits, tensors);
    } catch (error) {
      const [why] = (error as Error).message.split('\n');
      throw badFile(file, `ONNX Runtime refuses it (${why}); check it with onnx.checker and export again`);
    }
  }

  private constructor(
    session: ort.InferenceSession,
    input: { name: string; shape: number[] },
    exits: string[],
    tensors: string[],
  ) {
    this.#session = session;
    this.#input = input;
    this.#exits = exits;
    this.#tensors = tensors;
  }

  /** `pixels` is [n][channel][y][x], normalised as in training. */
  async run(pixels: Float32Array, n: number): Promise<AnnResult> {
    const [fixed = 0, ...dims] = this.#input.shape;
    const size = dims.reduce((a, b) => a * b, 1);
    if (pixels.length !== n * size)
      throw new RangeError(`${pixels.length} pixels for ${n} images of ${size}`);
    const names = [...new Set([...this.#exits, ...this.#tensors])];
    const results = new Map<string, Float32Array>(names.map((name) => [name, new Float32Array(0)]));
    for (let first = 0; first < n; ) {
      const count = Math.min(n - first, fixed > 0 ? fixed : BATCH);
      // A batch that the exporter fixed is the only one the session takes: the last is filled up with zeros.
      const batch = fixed > 0 ? fixed : count;
      const data = new Float32Array(batch * size);
      data.set(pixels.subarray(first * size, (first + count) * size));
      const tensor = new ort.Tensor('float32', data, [batch, ...dims]);
      const found = await this.#session.run({ [this.#input.name]: tensor }, names);
      for (const name of names) {
        const values = (found[name] as ort.Tensor).data as Float32Array;
        const perImage = values.length / batch;
        const all = first === 0 ? new Float32Array(n * perImage) : (results.get(name) as Float32Array);
        all.set(values.subarray(0, count * perImage), first * perImage);
        results.set(name, all);
      }
      first += count;
    }
    const result = (name: string): Float32Array => results.get(name) as Float32Array;
    return {
      exits: this.#exits.map(result),
      tensors: new Map(this.#tensors.map((name) => [name, result(name)])),
    };
  }

  /** Frees the runtime's copy of the network. */
  async close(): Promise<void> {
    await this.#session.release();
  }
}
