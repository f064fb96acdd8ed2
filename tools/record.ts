/** Runs images through the engine and keeps everything the exits said: on all cores, or in this thread. */
import { availableParallelism } from 'node:os';
import Tinypool from 'tinypool';
import { load } from '../host/node.ts';
import type { Traces } from './traces.ts';

export interface RecordTask {
  model: Uint8Array;
  /** u8 [image][height][width][channel]. */
  images: Uint8Array;
  count: number;
}

/** Images of one task: small enough for a moving progress bar, large enough to keep the threads busy. */
const SLICE = 50;

/** Records all steps of `count` images; `onProgress` is told how many more are done. */
export async function record(
  task: RecordTask,
  onProgress: (images: number) => void = () => {},
): Promise<Traces> {
  const size = task.images.length / task.count;
  const slices = Array.from({ length: Math.ceil(task.count / SLICE) }, (_, i) => {
    const count = Math.min(SLICE, task.count - i * SLICE);
    return {
      model: task.model,
      images: task.images.slice(i * SLICE * size, (i * SLICE + count) * size),
      count,
    };
  });
  const parts: Traces[] = [];
  // Run from TypeScript sources, as the tests do, there is no compiled file that a thread could load.
  const threaded = import.meta.url.endsWith('.js') && slices.length > 1;
  if (!threaded) {
    for (const slice of slices) {
      parts.push(await recordSlice(slice));
      onProgress(slice.count);
    }
    return joinTraces(parts);
  }
  const pool = new Tinypool({
    filename: import.meta.url,
    name: 'recordSlice',
    maxThreads: availableParallelism(),
  });
  try {
    const run = async (slice: RecordTask): Promise<Traces> => {
      const traces = (await pool.run(slice, { name: 'recordSlice' })) as Traces;
      onProgress(slice.count);
      return traces;
    };
    return joinTraces(await Promise.all(slices.map(run)));
  } finally {
    await pool.destroy();
  }
}

/** One thread's share. */
export async function recordSlice(task: RecordTask): Promise<Traces> {
  const net = await load(task.model);
  const { steps, classes, layers, exits } = net.info;
  const traces: Traces = {
    images: task.count,
    steps,
    exits: exits.length,
    classes,
    layers: layers.length,
    evidence: new Int32Array(task.count * steps * exits.length * classes),
    sops: new Uint32Array(task.count * steps * layers.length),
    spikes: new Uint32Array(task.count * steps * layers.length),
  };
  const size = task.images.length / task.count;
  let row = 0;
  for (let i = 0; i < task.count; i++) {
    for (const step of net.run(task.images.subarray(i * size, (i + 1) * size), { sure: false })) {
      step.counts.forEach((counts, e) => {
        traces.evidence.set(counts, (row * exits.length + e) * classes);
      });
      traces.sops.set(step.sops, row * layers.length);
      traces.spikes.set(step.spikes, row * layers.length);
      row++;
    }
  }
  return traces;
}

function joinTraces(parts: Traces[]): Traces {
  const join = <A extends Int32Array | Uint32Array>(arrays: A[], make: (length: number) => A): A => {
    const all = make(arrays.reduce((n, a) => n + a.length, 0));
    let at = 0;
    for (const a of arrays) {
      all.set(a, at);
      at += a.length;
    }
    return all;
  };
  return {
    ...(parts[0] as Traces),
    images: parts.reduce((n, p) => n + p.images, 0),
    evidence: join(
      parts.map((p) => p.evidence),
      (n) => new Int32Array(n),
    ),
    sops: join(
      parts.map((p) => p.sops),
      (n) => new Uint32Array(n),
    ),
    spikes: join(
      parts.map((p) => p.spikes),
      (n) => new Uint32Array(n),
    ),
  };
}
