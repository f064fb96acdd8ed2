/** Our engine in Node and wasmtime. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Answer, load, type Network } from '../host/node.ts';
import { type Contestant, missing, type Pass, type Trial, timeEach } from './contestant.ts';

/** @param stopping with the model's stop table instead of all steps */
export async function engine(trial: Trial, { simd = true, stopping = false } = {}): Promise<Contestant> {
  const network = await load(stopping ? trial.stopping : trial.model, { simd });
  return {
    id: `engine-${simd ? 'simd' : 'mvp'}${stopping ? '-stopping' : ''}`,
    name: `this engine, ${simd ? 'SIMD' : 'MVP'}, Node${stopping ? ', stopping when sure' : ''}`,
    version: `V8 ${process.versions.v8}`,
    batch: 1,
    pass: async (cold, count) => {
      const answers: Answer[] = [];
      const ms = await timeEach(
        trial.images,
        { cold, count },
        (image) => network.classify(image),
        (answer) => answers.push(answer),
      );
      const mean = (of: (a: Answer) => number): number =>
        answers.reduce((n, a) => n + of(a), 0) / answers.length;
      return {
        ms,
        ...(stopping ? {} : { evidence: evidenceOf(network, trial.images, count) }),
        answers: answers.map((a) => a.class),
        sops: mean((a) => a.sops),
        events: mean((a) => a.events),
        steps: mean((a) => a.steps),
      };
    },
    close: () => {},
  };
}

/** The final exit's evidence of all steps, outside the clock. */
function evidenceOf(network: Network, images: Uint8Array[], count: number): number[][] {
  return Array.from({ length: count }, (_, i) => {
    const steps = [...network.run(images[i % images.length] as Uint8Array, { mayStop: false })];
    return [...(steps.at(-1)?.counts.at(-1) as Int32Array)];
  });
}

export function findWasmtime(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'wasmtime'));
  return [process.env.WASMTIME, ...onPath, '.cache/wasmtime/wasmtime'].find((p) => p && existsSync(p));
}

/** The command is a process of its own: two runs of different length differ by the time of their images. */
export function wasmtime(trial: Trial, module: 'snn' | 'snn-mvp'): Contestant {
  const id = module === 'snn' ? 'wasmtime-simd' : 'wasmtime-mvp';
  const name = `this engine, ${module === 'snn' ? 'SIMD' : 'MVP'}, wasmtime`;
  const program = findWasmtime();
  if (program === undefined) return missing(id, name, 'wasmtime is not installed (npm test fetches one)');
  const compiled = join(trial.folder, `${module}.cwasm`);
  const ready = spawnSync(program, ['compile', '-o', compiled, `build/${module}.wasm`]);
  if (ready.status !== 0) return missing(id, name, `wasmtime does not compile ${module}.wasm`);
  const run = (repeats: number): { ms: number; answers: number[] } => {
    const files = new Array<string>(repeats).fill('images.idx');
    const start = performance.now();
    const args = ['--allow-precompiled', '--dir', `${trial.folder}::.`, compiled, 'model.snn', ...files];
    const { status, stdout, stderr } = spawnSync(program, args, { maxBuffer: 1 << 28 });
    const ms = performance.now() - start;
    if (status !== 0) throw new Error(`wasmtime: ${stderr.toString().trim()}`);
    const lines = stdout.toString().trim().split('\n');
    return { ms, answers: lines.map((line) => Number(/class +(\d+)/.exec(line)?.[1])) };
  };
  return {
    id,
    name,
    version: spawnSync(program, ['--version']).stdout.toString().trim(),
    batch: 1,
    pass: (cold, count): Promise<Pass> => {
      if (cold) return Promise.resolve({ ms: [] });
      const repeats = Math.max(1, Math.round(count / trial.images.length));
      const short = run(1);
      const long = run(1 + 4 * repeats);
      const images = 4 * repeats * trial.images.length;
      return Promise.resolve({ ms: [(long.ms - short.ms) / images], answers: short.answers });
    },
    close: () => {},
  };
}
