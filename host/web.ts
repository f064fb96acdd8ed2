/** Browsers: networks over web workers. */
import { Batch, checkThreads, type Thread } from './batch.ts';

export { Batch } from './batch.ts';
export type { ModelInfo } from './info.ts';
export { ModelError } from './messages.ts';
export type { Answer, RunOptions, Step } from './network.ts';
export { Network } from './network.ts';

/**
 * A batch over `threads` workers, all cores by default.
 * @param engine a compiled snn-core.wasm or snn-core-simd.wasm
 * @param model the bytes of a .snn file
 */
export async function openBatch(
  engine: WebAssembly.Module,
  model: Uint8Array,
  threads = navigator.hardwareConcurrency || 1,
): Promise<Batch> {
  return Batch.create(Array.from({ length: checkThreads(threads) }, webThread), engine, model);
}

function webThread(): Thread {
  const worker = new Worker(new URL('./web-worker.js', import.meta.url), { type: 'module' });
  return {
    post: (message) => worker.postMessage(message),
    listen: (message, failed) => {
      worker.onmessage = (event: MessageEvent<unknown>) => message(event.data);
      worker.onerror = (event) => failed(new Error(event.message));
    },
    end: () => worker.terminate(),
  };
}
