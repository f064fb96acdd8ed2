/** Loads networks in Node: models from disk or addresses, batches over worker threads. */
import { open, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { NODE_WORKER } from '../build/embedded.ts';
import { Batch, checkThreads, type Thread } from './batch.ts';
import { type BatchOptions, bytesOf, engine, type LoadOptions, type ModelSource } from './engine.ts';
import { Network } from './network.ts';

export { Batch } from './batch.ts';
export type { BatchOptions, LoadOptions, ModelSource } from './engine.ts';
export type { ModelInfo } from './info.ts';
export { ModelError } from './messages.ts';
export type { Answer, ModelFile, RunOptions, Step } from './network.ts';
export { Network } from './network.ts';
export { type Canvas, pixelsOf } from './rgba.ts';

/** Loads a `.snn` model, given as bytes, path or address. */
export async function load(model: ModelSource, options: LoadOptions = {}): Promise<Network> {
  const module = await engine(options);
  if (!isPath(model)) return Network.create(module, await bytesOf(model));
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
export async function loadBatch(model: ModelSource, options: BatchOptions = {}): Promise<Batch> {
  const threads = checkThreads(options.threads ?? availableParallelism());
  const [module, bytes] = await Promise.all([engine(options), read(model)]);
  return Batch.create(Array.from({ length: threads }, nodeThread), module, bytes);
}

function nodeThread(): Thread {
  const worker = new Worker(NODE_WORKER, { eval: true });
  return {
    post: (message) => worker.postMessage(message),
    listen: (message, failed) => worker.on('message', message).on('error', failed),
    end: () => void worker.terminate(),
  };
}

async function read(model: ModelSource): Promise<Uint8Array> {
  return isPath(model) ? new Uint8Array(await readFile(model)) : bytesOf(model);
}

function isPath(model: ModelSource): model is string | URL {
  const isBytes = model instanceof Uint8Array || model instanceof ArrayBuffer;
  return !isBytes && !/^(https?|data|blob):/.test(String(model));
}
