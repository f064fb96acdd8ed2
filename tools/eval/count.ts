/** Runs labelled images to their last step on all cores and counts what rows and merges need. */
import { NEVER } from '../../assembly/shared/limits.ts';
import type { Network, Step } from '../../host/node.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Model } from '../model.ts';
import { openNetwork } from '../run/open-network.ts';
import { runSlices, shareModel } from '../run/threads.ts';
import { argmax } from '../run/traces.ts';
import type { Images } from './images.ts';
import { add, addTally, emptyTally, type Tally } from './tally.ts';

export interface CountTask {
  model: Uint8Array;
  /** The model's stop table. */
  stop: number[][];
  /** u8 [image][height][width][channel]. */
  images: Uint8Array;
  labels: Int32Array;
}

export interface CountOptions {
  threads?: number | undefined;
  signal?: AbortSignal;
  /** Images done so far. */
  onProgress?: (done: number) => void;
}

/** Counts the images of the data set that `images` names; `done` of them, the first ones, if aborted. */
export async function countImages(
  { bytes, model }: { bytes: Uint8Array; model: Model },
  data: Dataset,
  images: Images,
  { threads, signal, onProgress = () => {} }: CountOptions = {},
): Promise<{ tally: Tally; done: number }> {
  const shared = shareModel(bytes);
  const size = data.images.length / data.count;
  const tally = emptyTally(model.steps, model.layers.length, model.exits.length);
  let counted = 0;
  const done = await runSlices({
    count: images.count,
    module: import.meta.url,
    work: countSlice,
    threads,
    signal,
    task: (first, count): CountTask => {
      const task = {
        model: shared,
        stop: model.stop,
        images: new Uint8Array(count * size),
        labels: new Int32Array(count),
      };
      for (let i = 0; i < count; i++) {
        const image = images.first + (first + i) * images.stride;
        task.images.set(data.images.subarray(image * size, (image + 1) * size), i * size);
        task.labels[i] = data.labels[image] as number;
      }
      return task;
    },
    done: (part, _, count) => {
      addTally(tally, part);
      counted += count;
      onProgress(counted);
    },
  });
  return { tally, done };
}

/** One thread's share. */
export async function countSlice(task: CountTask): Promise<Tally> {
  const net = await openNetwork(task.model);
  const { steps, layers, exits } = net.info;
  const tally = emptyTally(steps, layers.length, exits.length);
  const size = task.images.length / task.labels.length;
  task.labels.forEach((label, i) => {
    let running = true;
    for (const step of net.run(task.images.subarray(i * size, (i + 1) * size), { mayStop: false })) {
      countStep(tally, step, label, steps);
      if (!running) continue;
      const { exit, answer } = stopAt(net, step, step.unusual ? [] : task.stop[step.step - 1]);
      // In the last step the layers after the exit that stopped were not run.
      const ran = exit === undefined ? layers.length : (exits[exit] as number) + 1;
      add(tally.stopped_sops, step.sops.slice(0, ran));
      add(tally.stopped_events, step.events.slice(0, ran));
      add(tally.stopped_spikes, step.spikes.slice(0, ran));
      if (exit === undefined) continue;
      running = false;
      const at = (step.step - 1) * exits.length + exit;
      add(tally.stopped, [1], at);
      if (answer === label) add(tally.stopped_right, [1], at);
    }
  });
  return tally;
}

function countStep(tally: Tally, step: Step, label: number, steps: number): void {
  const s = step.step - 1;
  step.counts.forEach((counts, e) => {
    if (argmax(counts) === label) add(tally.right, [1], e * steps + s);
  });
  if (step.class === label) add(tally.fused_right, [1], s);
  const at = s * step.sops.length;
  add(tally.sops, step.sops, at);
  add(tally.events, step.events, at);
  add(tally.spikes, step.spikes, at);
}

/** The exit at which the stop table ends the run in this step, and its answer: the engine's order of questions. */
function stopAt(net: Network, step: Step, margins: number[] = []): { exit?: number; answer?: number } {
  const last = step.counts.length - 1;
  const sure = (exit: number, margin: number): boolean => {
    const bound = margins[exit] ?? NEVER;
    return bound !== NEVER && margin >= bound;
  };
  for (let exit = 0; exit < last && net.info.timing === 'immediate'; exit++) {
    if ((margins[exit] ?? NEVER) === NEVER) continue;
    const early = net.decide(exit);
    if (sure(exit, early.margin)) return { exit, answer: early.class };
  }
  return sure(last, step.margin) || step.done ? { exit: last, answer: step.class } : {};
}
