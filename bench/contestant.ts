/** What the benchmark asks of everything that it times. */
export interface Contestant {
  id: string;
  /** As in the table. */
  name: string;
  version: string;
  /** Images to a call. */
  batch: number;
  /** Why there is no time; then `pass` is not called. */
  missing?: string;
  /** `count` images in turn; cold: the caches are swept before each call. */
  pass(cold: boolean, count: number): Promise<Pass>;
  close(): void;
}

export interface Pass {
  /** Per call. */
  ms: number[];
  /** The final exit's, per image and class; undefined where the contestant does not tell. */
  evidence?: number[][];
  /** Synaptic operations, events and steps per image, where spikes are counted. */
  sops?: number;
  events?: number;
  steps?: number;
  /** Answers per image, where the contestant gives no more. */
  answers?: number[];
}

/** One network with its images, in every form that a contestant reads. */
export interface Trial {
  /** The .snn file, without stop table, and as it ships. */
  model: Uint8Array;
  stopping: Uint8Array;
  /** u8 [height][width][channel] each. */
  images: Uint8Array[];
  /** Folder that holds network.flat, images.u8, images.idx, model.snn and *.onnx. */
  folder: string;
  /** Spikes of one step say what the ANN says. */
  isAnn: boolean;
}

export function missing(id: string, name: string, why: string): Contestant {
  const none = (): Promise<Pass> => Promise.reject(new Error(why));
  return { id, name, version: '', batch: 1, missing: why, pass: none, close: () => {} };
}

const SWEPT = new Uint8Array(64 << 20);

/** Nothing of a network stays in the caches. */
function sweepCaches(): void {
  for (let i = 0; i < SWEPT.length; i += 64) SWEPT[i] = (SWEPT[i] as number) + 1;
}

/** `work` on images in turn, timed one by one. */
export async function timeEach<T>(
  images: Uint8Array[],
  { cold, count }: { cold: boolean; count: number },
  work: (image: Uint8Array) => T | Promise<T>,
  after: (result: T) => void,
): Promise<number[]> {
  const ms: number[] = [];
  for (let i = 0; i < count; i++) {
    const image = images[i % images.length] as Uint8Array;
    if (cold) sweepCaches();
    const start = performance.now();
    const result = work(image);
    // What is no promise is not waited for: a turn of the event loop is no part of it.
    const answer = result instanceof Promise ? await result : result;
    ms.push(performance.now() - start);
    after(answer);
  }
  return ms;
}
