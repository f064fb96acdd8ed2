/** A spiking network behind a plain interface: no I/O and nothing of Node, so that browsers can use it too. */
import { POSTERIOR_ONE } from '../assembly/shared/format.ts';
import * as S from '../assembly/shared/state.ts';
import { STATUS_ARENA } from '../assembly/shared/status.ts';
import type { Engine } from './abi.ts';
import { type ModelInfo, readInfo } from './info.ts';
import { ModelError } from './messages.ts';

export interface Answer {
  class: number;
  /** Name of the class, from the model. */
  label: string;
  /** Posterior probability of the answer, 0..1. */
  confidence: number;
  /** Time steps run. */
  steps: number;
  /** The exit that the answer stands on; the last one when all layers were run. */
  exit: number;
  /** The image drives the first layers unlike those of calibration, so no exit stopped it early. */
  unusual: boolean;
  /** Synaptic operations: synapses visited by events. */
  sops: number;
  /** Of max pools: events that their windows saw; they are no synaptic operations. */
  comparisons: number;
  /** Neurons that fired, counted once per step; `spikes` counts every spike of a burst. */
  events: number;
  spikes: number;
}

export interface Step {
  /** Time step, from 1. */
  step: number;
  /** Evidence per exit since the first step, one number per class: spike counts or membrane potentials. */
  counts: Int32Array[];
  /** Posterior probability per class, 0..1. */
  posterior: Float64Array;
  class: number;
  /** Lead of the winner over the runner-up, in the unit of the stop table. */
  margin: number;
  exit: number;
  /** Per layer, in this step alone. */
  spikes: number[];
  events: number[];
  sops: number[];
  comparisons: number[];
  /** As of an answer, from the first step on. */
  unusual: boolean;
  /** The answer is final. */
  done: boolean;
}

export interface RunOptions {
  /** false: no stop margin ends the run, every layer runs to the last step. */
  mayStop?: boolean;
}

/** A model that is read straight into the engine's memory, without a copy of its own. */
export interface ModelFile {
  /** Size in bytes. */
  size: number;
  /** Fills `memory`, which has that size. */
  read(memory: Uint8Array): Promise<void>;
}

/** Where everything is in the engine's memory, in bytes from its start: model, arena, image, and nothing behind. */
export interface Layout {
  model: number;
  net: number;
  image: number;
  end: number;
}

export class Network {
  readonly info: ModelInfo;
  readonly layout: Layout;
  readonly #engine: Engine;
  readonly #net: number;
  readonly #image: number;
  /** Images begun, so that a walk notices when its own is gone. */
  #begun = 0;

  /**
   * @param engine a compiled snn-core.wasm or snn-core-simd.wasm
   * @param model the bytes of a .snn file, or how to read them
   * @throws ModelError when the engine refuses the model
   */
  static async create(engine: WebAssembly.Module, model: Uint8Array | ModelFile): Promise<Network> {
    // Not the loader's own instantiate(): asking whether a module is a Response, it makes Node load fetch, for 17 ms.
    // Nor its demangle(): a closure around every export makes each call of the engine 2 to 2.8 times dearer.
    const started = (await WebAssembly.instantiate(engine, {})).exports as unknown as Engine;
    const size = model instanceof Uint8Array ? model.length : model.size;
    const base = reserve(started, size);
    const bytes = new Uint8Array(started.memory.buffer, base, size);
    if (model instanceof Uint8Array) bytes.set(model);
    else await model.read(bytes);
    return new Network(started, base, bytes);
  }

  /** `model` lies in the engine's memory at `base`. */
  private constructor(engine: Engine, base: number, model: Uint8Array) {
    const arena = engine.measure(base, model.length);
    if (arena < 0) throw new ModelError(-arena);
    this.info = readInfo(model, arena);
    const { length } = model;
    const { channels, height, width } = this.info.input;
    this.#engine = engine;
    this.#net = align(base + length);
    this.#image = this.#net + arena;
    const end = this.#image + channels * height * width;
    this.layout = { model: base, net: this.#net, image: this.#image, end };
    // Memory never grows again, so views made later stay valid and nothing can leak.
    reserve(engine, end - base);
    const status = engine.open(base, length, this.#net, arena);
    if (status !== 0) throw new ModelError(status);
  }

  /** Classifies one image, u8 [height][width][channel]; stops as soon as the answer is sure. */
  classify(pixels: Uint8Array): Answer {
    this.#begin(pixels);
    while (this.#engine.step(this.#net, 1) === 0);
    const view = new DataView(this.#engine.memory.buffer);
    const winner = view.getUint32(this.#net + S.RUN_CLASS, true);
    const total = (field: number): number => this.#perLayer(field).reduce((a, b) => a + b, 0);
    return {
      class: winner,
      label: this.info.labels[winner] as string,
      confidence: this.#engine.posterior(this.#net, winner) / POSTERIOR_ONE,
      steps: view.getUint32(this.#net + S.RUN_STEP, true),
      exit: view.getUint32(this.#net + S.RUN_EXIT, true),
      unusual: view.getUint32(this.#net + S.RUN_UNUSUAL, true) === 1,
      sops: total(S.STATE_SOPS),
      comparisons: total(S.STATE_COMPARISONS),
      events: total(S.STATE_EVENTS),
      spikes: total(S.STATE_SPIKES),
    };
  }

  /** Walks step by step until the answer is final. Another image on the same network ends the walk. */
  *run(pixels: Uint8Array, { mayStop = true }: RunOptions = {}): Generator<Step, void, undefined> {
    const image = this.#begin(pixels);
    const fields = [S.STATE_SPIKES, S.STATE_EVENTS, S.STATE_SOPS, S.STATE_COMPARISONS];
    let before = fields.map((f) => this.#perLayer(f));
    for (let done = false; !done; ) {
      if (image !== this.#begun)
        throw new Error('another image was begun on this network; load a second one');
      done = this.#engine.step(this.#net, mayStop ? 1 : 0) !== 0;
      const now = fields.map((f) => this.#perLayer(f));
      const [spikes, events, sops, comparisons] = now.map((totals, f) =>
        totals.map((n, l) => n - (before[f]?.[l] as number)),
      ) as [number[], number[], number[], number[]];
      before = now;
      const view = new DataView(this.#engine.memory.buffer);
      const step = view.getUint32(this.#net + S.RUN_STEP, true);
      const unusual = view.getUint32(this.#net + S.RUN_UNUSUAL, true) === 1;
      const work = { spikes, events, sops, comparisons };
      yield { step, counts: this.#evidence(), ...this.#decision(), ...work, unusual, done };
    }
  }

  /** The answer of exits 0..exit at the present step of a walk. */
  decide(exit: number): Pick<Step, 'class' | 'margin' | 'posterior' | 'exit'> {
    if (!Number.isInteger(exit) || exit < 0 || exit >= this.info.exits.length) {
      throw new RangeError(`exit ${exit}: the network has exits 0 to ${this.info.exits.length - 1}`);
    }
    if (new DataView(this.#engine.memory.buffer).getUint32(this.#net + S.RUN_STEP, true) === 0) {
      throw new Error('no step was run yet; classify an image or walk through one first');
    }
    this.#engine.decide(this.#net, exit);
    return this.#decision();
  }

  /**
   * The events of a layer in the latest step that it took part in, as flat indices [y][x][channel] with their spike
   * counts, negative for negative spikes; ordered by row and count. Layers behind an exit that was sure are not run.
   */
  layerEvents(layer: number): { index: number[]; count: number[] } {
    const info = this.info.layers[layer];
    if (info === undefined) {
      throw new RangeError(`layer ${layer}: the network has layers 0 to ${this.info.layers.length - 1}`);
    }
    const [channels, height, width] = info.shape;
    const lists = info.burst * (info.signed ? 2 : 1);
    const view = new DataView(this.#engine.memory.buffer);
    const state = this.#engine.layerState(this.#net, layer);
    const [starts, fired] = [S.STATE_STARTS, S.STATE_FIRED].map((f) => view.getUint32(state + f, true)) as [
      number,
      number,
    ];
    const index: number[] = [];
    const count: number[] = [];
    for (let y = 0; y < (starts === 0 ? 0 : height); y++) {
      for (let list = 0; list < lists; list++) {
        const start = starts + (y * lists + list) * (width + 1) * 2;
        const end = view.getUint16(start + width * 2, true);
        for (let i = view.getUint16(start, true); i < end; i++) {
          index.push(y * width * channels + view.getUint16(fired + (y * width * channels + i) * 2, true));
          count.push(list < info.burst ? list + 1 : info.burst - list - 1);
        }
      }
    }
    return { index, count };
  }

  /**
   * The membrane potentials of a layer after its latest step, [y][x][channel], in units of the model: a view that the
   * next step changes. Networks of one step keep none of the layers that fire.
   */
  membranes(layer: number): Int16Array | Int32Array {
    const info = this.info.layers[layer];
    if (info === undefined) {
      throw new RangeError(`layer ${layer}: the network has layers 0 to ${this.info.layers.length - 1}`);
    }
    const isReadout = this.info.fusion === 'membrane' && this.info.exits.includes(layer);
    if (this.info.steps === 1 && !isReadout)
      throw new RangeError(`layer ${layer}: a network of one step keeps no potentials of a layer that fires`);
    const { buffer } = this.#engine.memory;
    const state = this.#engine.layerState(this.#net, layer);
    const at = new DataView(buffer).getUint32(state + S.STATE_MEMBRANE, true);
    const neurons = info.shape.reduce((a, b) => a * b);
    return info.membraneBits === 16
      ? new Int16Array(buffer, at, neurons)
      : new Int32Array(buffer, at, neurons);
  }

  #begin(pixels: Uint8Array): number {
    const { channels, height, width } = this.info.input;
    const size = channels * height * width;
    checkBytes(pixels);
    if (pixels.length !== size) {
      throw new RangeError(
        `${pixels.length} pixel values, the network takes ${height}x${width}x${channels} = ${size}`,
      );
    }
    new Uint8Array(this.#engine.memory.buffer).set(pixels, this.#image);
    this.#engine.begin(this.#net, this.#image);
    this.#begun++;
    return this.#begun;
  }

  #decision(): Pick<Step, 'class' | 'margin' | 'posterior' | 'exit'> {
    const view = new DataView(this.#engine.memory.buffer);
    return {
      class: view.getUint32(this.#net + S.RUN_CLASS, true),
      margin: view.getInt32(this.#net + S.RUN_MARGIN, true),
      exit: view.getUint32(this.#net + S.RUN_EXIT, true),
      posterior: Float64Array.from(
        { length: this.info.classes },
        (_, k) => this.#engine.posterior(this.#net, k) / POSTERIOR_ONE,
      ),
    };
  }

  #evidence(): Int32Array[] {
    const { memory } = this.#engine;
    return this.info.exits.map((_, e) =>
      new Int32Array(memory.buffer, this.#engine.evidence(this.#net, e), this.info.classes).slice(),
    );
  }

  /** A u64 counter of every layer since begin; sums below 2^53 are exact. */
  #perLayer(field: number): number[] {
    const view = new DataView(this.#engine.memory.buffer);
    return this.info.layers.map((_, l) =>
      Number(view.getBigUint64(this.#engine.layerState(this.#net, l) + field, true)),
    );
  }
}

/** @throws TypeError for floats, plain arrays and the like: as bytes they would be another image */
export function checkBytes(pixels: Uint8Array | Uint8ClampedArray): void {
  // By its tag, for an array of another window or realm.
  const kind = (pixels as Partial<Uint8Array> | undefined)?.[Symbol.toStringTag] ?? typeof pixels;
  if (kind !== 'Uint8Array' && String(kind) !== 'Uint8ClampedArray')
    throw new TypeError(`pixels are ${kind}; give a Uint8Array of bytes, 0 to 255`);
}

/** Where the host's memory begins, once it has `bytes`. */
function reserve(engine: Engine, bytes: number): number {
  const base = bytes < 2 ** 32 ? engine.reserve(bytes) : 0;
  if (base === 0) throw new ModelError(STATUS_ARENA);
  return base;
}

function align(address: number): number {
  return Math.ceil(address / 16) * 16;
}
