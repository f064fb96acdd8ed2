/** The float ANN, run by ONNX Runtime: what every later stage is compared with. */
import * as ort from 'onnxruntime-web';
import { readOnnx, withOutputs } from './onnx.ts';

export interface AnnResult {
  /** Per exit: [n][class]. */
  exits: Float32Array[];
  /** The further tensors asked for. */
  tensors: Map<string, Float32Array>;
}

export class Ann {
  readonly #session: ort.InferenceSession;
  readonly #input: { name: string; shape: number[] };
  readonly #outputs: string[];
  readonly #tensors: string[];

  /** `tensors` names intermediate tensors of the file that `run` shall return too. */
  static async open(onnx: Uint8Array, { tensors = [] }: { tensors?: string[] } = {}): Promise<Ann> {
    const graph = readOnnx(onnx, 'model.onnx');
    // One thread: worker threads of the runtime would keep the process alive.
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
    const bytes = tensors.length > 0 ? withOutputs(onnx, tensors) : onnx;
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['wasm'],
      logSeverityLevel: 3,
    });
    return new Ann(session, graph.input, graph.outputs, tensors);
  }

  private constructor(
    session: ort.InferenceSession,
    input: { name: string; shape: number[] },
    outputs: string[],
    tensors: string[],
  ) {
    this.#session = session;
    this.#input = input;
    this.#outputs = outputs;
    this.#tensors = tensors;
  }

  /** `pixels` is [n][channel][y][x], normalised as in training. */
  async run(pixels: Float32Array, n: number): Promise<AnnResult> {
    const fixed = this.#input.shape[0] as number;
    // A batch axis that the exporter fixed is the only batch the session takes.
    const batch = fixed > 0 ? fixed : n;
    const size = pixels.length / n;
    const parts: ort.InferenceSession.ReturnType[] = [];
    for (let first = 0; first < n; first += batch) {
      const slice = new Float32Array(batch * size);
      slice.set(pixels.subarray(first * size, Math.min(n, first + batch) * size));
      const tensor = new ort.Tensor('float32', slice, [batch, ...this.#input.shape.slice(1)]);
      parts.push(await this.#session.run({ [this.#input.name]: tensor }));
    }
    const gather = (name: string): Float32Array => {
      const arrays = parts.map((p) => (p[name] as ort.Tensor).data as Float32Array);
      const perImage = (arrays[0]?.length ?? 0) / batch;
      const all = new Float32Array(arrays.length * batch * perImage);
      arrays.forEach((a, i) => {
        all.set(a, i * batch * perImage);
      });
      return all.subarray(0, n * perImage);
    };
    return {
      exits: this.#outputs.map(gather),
      tensors: new Map(this.#tensors.map((t) => [t, gather(t)])),
    };
  }
}
