/** Runs images through the engine and keeps everything the exits said: on all cores, or in this thread. */
import { openNetwork } from './open-network.ts';
import { runSlices, shareModel } from './threads.ts';
import type { Traces } from './traces.ts';

export interface RecordTask {
  model: Uint8Array;
  /** u8 [image][height][width][channel]. */
  images: Uint8Array;
  count: number;
}

/** Records all steps of `count` images; `onProgress` gets how many more are done. */
export async function record(
  task: RecordTask,
  onProgress: (images: number) => void = () => {},
): Promise<Traces> {
  const size = task.images.length / task.count;
  const model = shareModel(task.model);
  let all: Traces | undefined;
  await runSlices({
    count: task.count,
    module: import.meta.url,
    work: recordSlice,
    task: (first, count): RecordTask => ({
      model,
      images: task.images.slice(first * size, (first + count) * size),
      count,
    }),
    done: (part, first, count) => {
      all ??= emptyTraces({ ...part, images: task.count });
      place(all, part, first);
      onProgress(count);
    },
  });
  if (all === undefined) throw new RangeError('no images to record');
  return all;
}

/** One thread's share. */
export async function recordSlice(task: RecordTask): Promise<Traces> {
  const net = await openNetwork(task.model);
  const { steps, classes, layers, exits } = net.info;
  const shape = { images: task.count, steps, exits: exits.length, classes, layers: layers.length };
  const traces = emptyTraces(shape);
  const size = task.images.length / task.count;
  let row = 0;
  for (let i = 0; i < task.count; i++) {
    for (const step of net.run(task.images.subarray(i * size, (i + 1) * size), { mayStop: false })) {
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

function emptyTraces(shape: Omit<Traces, 'evidence' | 'sops' | 'spikes'>): Traces {
  const { images, steps, exits, classes, layers } = shape;
  return {
    images,
    steps,
    exits,
    classes,
    layers,
    evidence: new Int32Array(images * steps * exits * classes),
    sops: new Uint32Array(images * steps * layers),
    spikes: new Uint32Array(images * steps * layers),
  };
}

/** Puts the traces of some images where they belong among those of all. */
function place(all: Traces, part: Traces, first: number): void {
  all.evidence.set(part.evidence, first * all.steps * all.exits * all.classes);
  all.sops.set(part.sops, first * all.steps * all.layers);
  all.spikes.set(part.spikes, first * all.steps * all.layers);
}
