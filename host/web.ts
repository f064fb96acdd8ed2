/** Loads networks in browsers: models from addresses, batches over web workers. */
import { WEB_WORKER } from '../build/embedded.ts';
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

/** Loads a `.snn` model, given as bytes or address. */
export async function load(model: ModelSource, options: LoadOptions = {}): Promise<Network> {
  const [module, bytes] = await Promise.all([engine(options), bytesOf(model)]);
  return Network.create(module, bytes);
}

/** The same over web workers, for many images at once: `classifyBatch`, then `close`. */
export async function loadBatch(model: ModelSource, options: BatchOptions = {}): Promise<Batch> {
  const threads = checkThreads(options.threads ?? (navigator.hardwareConcurrency || 1));
  const [module, bytes] = await Promise.all([engine(options), bytesOf(model)]);
  return Batch.create(Array.from({ length: threads }, webThread), module, bytes);
}

function webThread(): Thread {
  const address = URL.createObjectURL(new Blob([WEB_WORKER], { type: 'text/javascript' }));
  const worker = new Worker(address);
  return {
    post: (message) => worker.postMessage(message),
    listen: (message, failed) => {
      worker.onmessage = (event: MessageEvent<unknown>) => {
        URL.revokeObjectURL(address);
        message(event.data);
      };
      // A page's policy may refuse the script; then there is no message but this event.
      worker.onerror = (event) =>
        failed(
          new Error(event.message || 'a worker did not start; allow worker-src blob: in the page policy'),
        );
    },
    end: () => {
      URL.revokeObjectURL(address);
      worker.terminate();
    },
  };
}
