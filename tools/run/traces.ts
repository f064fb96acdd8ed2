/** What a network did on many images: the evidence and the work of every step, to tune and evaluate from. */
export interface Traces {
  images: number;
  steps: number;
  exits: number;
  classes: number;
  layers: number;
  /** [image][step][exit][class], accumulated since the first step. */
  evidence: Int32Array;
  /** [image][step][layer], synapses visited in that step. */
  sops: Uint32Array;
  /** [image][step][layer], spikes fired in that step. */
  spikes: Uint32Array;
}

/** Evidence of the exits 0..stage of one image after `step` steps, one array of classes each (views, not copies). */
export function evidenceOf(t: Traces, image: number, step: number, stage: number): Int32Array[] {
  const at = (image * t.steps + step - 1) * t.exits * t.classes;
  return Array.from({ length: stage + 1 }, (_, e) =>
    t.evidence.subarray(at + e * t.classes, at + (e + 1) * t.classes),
  );
}

/** The same traces of only some images, in the order given. */
export function selectImages(t: Traces, images: ArrayLike<number>): Traces {
  const gather = <A extends Int32Array | Uint32Array>(from: A, to: A, size: number): A => {
    for (let i = 0; i < images.length; i++) {
      const start = (images[i] as number) * size;
      to.set(from.subarray(start, start + size), i * size);
    }
    return to;
  };
  const evidence = t.steps * t.exits * t.classes;
  const perLayer = t.steps * t.layers;
  return {
    ...t,
    images: images.length,
    evidence: gather(t.evidence, new Int32Array(images.length * evidence), evidence),
    sops: gather(t.sops, new Uint32Array(images.length * perLayer), perLayer),
    spikes: gather(t.spikes, new Uint32Array(images.length * perLayer), perLayer),
  };
}

/** The same traces of a run that ends after `steps` steps. */
export function firstSteps(t: Traces, steps: number): Traces {
  if (steps === t.steps) return t;
  const cut = <A extends Int32Array | Uint32Array>(from: A, to: A, size: number): A => {
    for (let i = 0; i < t.images; i++)
      to.set(from.subarray(i * t.steps * size, (i * t.steps + steps) * size), i * steps * size);
    return to;
  };
  const perStep = t.exits * t.classes;
  return {
    ...t,
    steps,
    evidence: cut(t.evidence, new Int32Array(t.images * steps * perStep), perStep),
    sops: cut(t.sops, new Uint32Array(t.images * steps * t.layers), t.layers),
    spikes: cut(t.spikes, new Uint32Array(t.images * steps * t.layers), t.layers),
  };
}

/** Index of the largest value; the first of equals. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if ((values[k] as number) > (values[best] as number)) best = k;
  return best;
}
