/** ONNX Runtime Web: the ANN in WebAssembly, one thread. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { type Contestant, type Trial, timeEach } from './contestant.ts';

/** Times the cheapest form, answers by the one that computes the same. */
export async function onnxWeb(trial: Trial, type: 'fp32' | 'int8', input: number[]): Promise<Contestant> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const open = (form: string): Promise<ort.InferenceSession> =>
    ort.InferenceSession.create(readFileSync(join(trial.folder, `${form}.onnx`)), {
      executionProviders: ['wasm'],
      logSeverityLevel: 3,
    });
  const exact = await open(type === 'fp32' ? 'exact' : 'int8');
  const fast = await open(type === 'fp32' ? 'relu' : 'int8-relu');
  const tensors = new Map(trial.images.map((image) => [image, tensorOf(image, input)]));
  const run = (session: ort.InferenceSession, image: Uint8Array): Promise<ort.InferenceSession.ReturnType> =>
    session.run({ image: tensors.get(image) as ort.Tensor });
  const { version } = JSON.parse(readFileSync('node_modules/onnxruntime-web/package.json', 'utf8')) as {
    version: string;
  };
  return {
    id: `onnx-web-${type}`,
    name: `ONNX Runtime Web, ${type}`,
    version,
    batch: 1,
    pass: async (cold, count) => {
      const ms = await timeEach(
        trial.images,
        { cold, count },
        (image) => run(fast, image),
        () => {},
      );
      const evidence: number[][] = [];
      for (let i = 0; i < count; i++) {
        const { evidence: out } = await run(exact, trial.images[i % trial.images.length] as Uint8Array);
        evidence.push([...(out?.data as Float32Array)]);
      }
      return { ms, evidence };
    },
    close: () => {
      void exact.release();
      void fast.release();
    },
  };
}

/** u8 [height][width][channel] as float [1, channel, height, width]. */
function tensorOf(image: Uint8Array, [channels, height, width]: number[]): ort.Tensor {
  const [c, positions] = [channels as number, (height as number) * (width as number)];
  const data = Float32Array.from(
    { length: image.length },
    (_, i) => image[(i % positions) * c + Math.floor(i / positions)] as number,
  );
  return new ort.Tensor('float32', data, [1, c, height as number, width as number]);
}
