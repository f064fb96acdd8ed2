/** Images to worker threads, slice by slice: handed out as threads become free, so that no more wait in memory. */
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import Tinypool from 'tinypool';

export interface Slices<Task, Part> {
  /** Images in all. */
  count: number;
  /** URL of the module that exports `work` under its own name: what a thread loads. */
  module: string;
  work: (task: Task) => Promise<Part>;
  /** What a thread needs for `count` images from `first` on; called only when a thread is free for it. */
  task: (first: number, count: number) => Task;
  /** In the order of completion, not of images. */
  done: (part: Part, first: number, count: number) => void;
  /** All cores if not given. */
  threads?: number | undefined;
  /** Once aborted, no more slices are handed out; those that run are finished. */
  signal?: AbortSignal | undefined;
}

/** Returns how many images are done, always the first ones; fewer than `count` only if aborted. */
export async function runSlices<Task, Part>(slices: Slices<Task, Part>): Promise<number> {
  const { count, module, work, task, done, signal } = slices;
  // Run from TypeScript sources, as the tests do, there is no compiled file that a thread could load.
  const threaded = module.endsWith('.js');
  const threads = threaded ? Math.min(count, slices.threads ?? availableParallelism()) : 1;
  const pool = threaded
    ? new Tinypool({ filename: module, name: work.name, minThreads: threads, maxThreads: threads })
    : undefined;
  const run = async (given: Task): Promise<Part> => {
    if (pool !== undefined) return (await pool.run(given)) as Part;
    await setImmediate(); // signals and the progress bar get their turn
    return work(given);
  };
  const pace = new Pace();
  let next = 0;
  const feed = async (): Promise<void> => {
    while (next < count && signal?.aborted !== true) {
      const first = next;
      const size = pace.size(count - next, threads);
      next += size;
      const start = performance.now();
      const part = await run(task(first, size));
      pace.learn(size, performance.now() - start);
      done(part, first, size);
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, feed));
    return next;
  } finally {
    await pool?.destroy();
  }
}

/** Long enough that handing out costs nothing, short enough for a moving progress bar and a quick Ctrl-C. */
const SLICE_MS = 200;
const MOST_IMAGES = 500;
/** The first slice of a thread includes its start, so its time says little: grow step by step. */
const MOST_GROWTH = 4;

/** Images per slice, from one on, by what the last ones cost. */
class Pace {
  #size = 1;

  /** The next slice; towards the end smaller, so that all threads stop together. */
  size(left: number, threads: number): number {
    return Math.min(this.#size, Math.ceil(left / threads));
  }

  learn(images: number, ms: number): void {
    const ideal = Math.floor((SLICE_MS * images) / Math.max(ms, 0.1));
    this.#size = Math.max(1, Math.min(ideal, MOST_GROWTH * images, MOST_IMAGES));
  }
}

/** The model where all threads can read it, so that a slice carries a reference and no copy. */
export function shareModel(model: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(model.length));
  shared.set(model);
  return shared;
}
