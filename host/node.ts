/** Loads networks in Node: finds the engine beside the package and reads models from disk. */
import { open, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Batch, checkThreads, type Thread } from './batch.ts';
import { Network } from './network.ts';

export { Batch } from './batch.ts';
export type { ModelInfo } from './info.ts';
export { ModelError } from './messages.ts';
export type { Answer, ModelFile, RunOptions, Step } from './network.ts';
export { Network } from './network.ts';

export interface LoadOptions {
  /** Force the SIMD or the MVP engine; by default the best one that this machine runs. */
  simd?: boolean;
}

export interface BatchOptions extends LoadOptions {
  /** Worker threads, 1 to 1024; all cores by default. */
  threads?: number;
}

/** A module of one function that needs SIMD128: (v128.const 0) (drop). */
const SIMD_PROBE = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 23, 1, 21, 0, 253, 12, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 26, 11,
]);

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** Loads a `.snn` model, given as bytes, path or URL. */
export async function load(model: Uint8Array | string | URL, options: LoadOptions = {}): Promise<Network> {
  const module = await engine(options);
  if (model instanceof Uint8Array) return Network.create(module, model);
  const file = await open(model);
  try {
    const { size } = await file.stat();
    return await Network.create(module, {
      size,
      read: async (memory) => {
        for (let at = 0; at < size; ) {
          const { bytesRead } = await file.read(memory, at, size - at, at);
          // A file that shrinks is a truncated model, which the engine refuses.
          if (bytesRead === 0) return;
          at += bytesRead;
        }
      },
    });
  } finally {
    await file.close();
  }
}

/** The same over worker threads, for many images at once: `classifyBatch`, then `close`. */
export async function loadBatch(
  model: Uint8Array | string | URL,
  options: BatchOptions = {},
): Promise<Batch> {
  const threads = checkThreads(options.threads ?? availableParallelism());
  const [module, bytes] = await Promise.all([engine(options), read(model)]);
  return Batch.create(Array.from({ length: threads }, nodeThread), module, bytes);
}

function nodeThread(): Thread {
  const worker = new Worker(new URL('./node-worker.js', import.meta.url));
  return {
    post: (message) => worker.postMessage(message),
    listen: (message, failed) => worker.on('message', message).on('error', failed),
    end: () => void worker.terminate(),
  };
}

async function read(model: Uint8Array | string | URL): Promise<Uint8Array> {
  return model instanceof Uint8Array ? model : new Uint8Array(await readFile(model));
}

function engine(options: LoadOptions): Promise<WebAssembly.Module> {
  const simd = options.simd ?? WebAssembly.validate(SIMD_PROBE);
  const file = simd ? 'snn-core-simd.wasm' : 'snn-core.wasm';
  let module = compiled.get(file);
  if (module === undefined) {
    const path = createRequire(import.meta.url).resolve(`#build/${file}`);
    module = readFile(path).then((bytes) => WebAssembly.compile(bytes));
    compiled.set(file, module);
    module.catch(() => compiled.delete(file));
  }
  return module;
}
