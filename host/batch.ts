/**
 * Many images over several threads, each with a network of its own. Nothing of Node: a thread is a port to whoever runs
 * `serve`, a worker of a browser or of Node.
 */
import type { ModelInfo } from './info.ts';
import { ModelError } from './messages.ts';
import { type Answer, checkBytes, Network } from './network.ts';

/** A thread seen from outside. */
export interface Thread {
  post(message: unknown): void;
  /** Called once, before the first post. */
  listen(message: (data: unknown) => void, failed: (error: Error) => void): void;
  end(): void;
}

/** Slices per thread: enough that all end together, few enough that handing out costs nothing. */
const SLICES = 8;

interface Task {
  id: number;
  /** u8 [image][height][width][channel]; a view of shared memory where the host allows it, else a copy. */
  pixels: Uint8Array;
  count: number;
}

type Result = Answer[] | ModelInfo;

type Reply = { id: number; result: Result } | { id: number; error: Fault };

/** An error on its way between threads, which would take its class from it. */
interface Fault {
  name: string;
  message: string;
  /** Of a ModelError. */
  status?: number;
}

/** Each has an engine and a network of its own. */
const MOST_THREADS = 1024;

/** @throws RangeError */
export function checkThreads(threads: number): number {
  if (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return threads;
  throw new RangeError(`${threads} threads; ask for 1 to ${MOST_THREADS}`);
}

export class Batch {
  readonly threads: number;
  readonly #threads: Thread[];
  readonly #waiting = new Map<number, { resolve: (r: Result) => void; reject: (e: Error) => void }>();
  #next = 1;
  #closed: Error | undefined;
  #info: ModelInfo | undefined;

  /** Resolves when every thread has opened the model; rejects, all threads ended, when one cannot. */
  static async create(threads: Thread[], engine: WebAssembly.Module, model: Uint8Array): Promise<Batch> {
    const batch = new Batch(threads);
    const ready = threads.map((thread) => batch.#ask(thread, { engine, model }));
    try {
      batch.#info = (await Promise.all(ready))[0] as ModelInfo;
      return batch;
    } catch (error) {
      batch.close();
      throw error;
    }
  }

  private constructor(threads: Thread[]) {
    this.threads = checkThreads(threads.length);
    this.#threads = threads;
    for (const thread of threads) {
      thread.listen(
        (data) => this.#settle(data as Reply),
        (error) => this.#end(error),
      );
    }
  }

  /** Of the model, as Network.info. */
  get info(): ModelInfo {
    return this.#info as ModelInfo;
  }

  /**
   * Answers in the order of the images, u8 [height][width][channel] each, the same as of Network.classify. Images are
   * copied when a thread is free for them: leave them as they are until the answers are there.
   * @throws TypeError for an image that is not of bytes; RangeError for an image of another size; Error after close()
   */
  async classifyBatch(given: Uint8Array[]): Promise<Answer[]> {
    // The list itself may change meanwhile.
    const images = [...given];
    images.forEach(checkBytes);
    const odd = images.findIndex((image) => image.length !== images[0]?.length);
    if (odd >= 0) {
      const [is, first] = [images[odd]?.length, images[0]?.length];
      throw new RangeError(`image ${odd} has ${is} pixel values, those before it ${first}`);
    }
    const answers = new Array<Answer>(images.length);
    const size = Math.max(1, Math.ceil(images.length / (this.threads * SLICES)));
    let from = 0;
    const feed = async (thread: Thread): Promise<void> => {
      while (from < images.length) {
        const first = from;
        from += size;
        const slice = images.slice(first, first + size);
        const part = (await this.#ask(thread, { pixels: together(slice), count: slice.length })) as Answer[];
        for (const [i, answer] of part.entries()) answers[first + i] = answer;
      }
    };
    await Promise.all(this.#threads.map(feed));
    return answers;
  }

  /** Ends the threads; what is not answered yet is rejected. */
  close(): void {
    this.#end(new Error('the batch was closed'));
  }

  #ask(thread: Thread, message: object): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) {
        reject(this.#closed);
        return;
      }
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      thread.post({ id, ...message });
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(errorOf(reply.error));
    else waiting?.resolve(reply.result);
  }

  #end(error: Error): void {
    this.#closed ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#closed);
    this.#waiting.clear();
    for (const thread of this.#threads) thread.end();
  }
}

/** Images one behind the other, in shared memory where it may be had: pages must be isolated for it. */
function together(images: Uint8Array[]): Uint8Array {
  const size = images.reduce((sum, image) => sum + image.length, 0);
  const shared =
    typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(size) : new SharedArrayBuffer(size);
  const out = new Uint8Array(shared);
  let at = 0;
  for (const image of images) {
    out.set(image, at);
    at += image.length;
  }
  return out;
}

function faultOf(error: Error): Fault {
  const { name, message } = error;
  return error instanceof ModelError ? { name, message, status: error.status } : { name, message };
}

const CLASSES: Record<string, new (message: string) => Error> = { RangeError, TypeError };

function errorOf({ name, message, status }: Fault): Error {
  if (status !== undefined) return new ModelError(status);
  return new (CLASSES[name] ?? Error)(message);
}

/** The thread's side: give every message that arrives to the function returned. */
export function serve(reply: (message: Reply) => void): (message: unknown) => Promise<void> {
  let network: Network | undefined;
  return async (message) => {
    const { id, engine, model } = message as { id: number; engine?: WebAssembly.Module; model?: Uint8Array };
    try {
      if (engine !== undefined && model !== undefined) {
        network = await Network.create(engine, model);
        reply({ id, result: network.info });
        return;
      }
      const { pixels, count } = message as Task;
      const size = pixels.length / count;
      const result = Array.from({ length: count }, (_, i) =>
        (network as Network).classify(pixels.subarray(i * size, (i + 1) * size)),
      );
      reply({ id, result });
    } catch (error) {
      reply({ id, error: faultOf(error as Error) });
    }
  };
}
