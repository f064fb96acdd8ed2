/**
 * Runs a model with a pattern around everything that the caller owns: before the arena, between arena, image and model,
 * and wherever else in memory. The arena is as large as `measure` said, and afterwards nothing outside it has changed.
 */
import { crc32 } from 'node:zlib';
import * as F from '../../assembly/shared/format.ts';
import { RUN_EXIT } from '../../assembly/shared/state.ts';
import type { Engine } from '../../host/abi.ts';
import { Craft } from '../models/craft.ts';
import { start } from './engine.ts';

/** Room before the arena, and between it and the image. */
const MARGIN = 4096;
const PAGES = 16;
const END = PAGES * 65536;

export class Guarded {
  readonly #engine: Engine;
  readonly #memory: Buffer;
  /** What memory must hold outside the arena. */
  readonly #want: Buffer;
  readonly #base: number;
  readonly #pattern: number;

  constructor(module: WebAssembly.Module, pattern: number) {
    this.#engine = start(module, PAGES);
    this.#base = this.#engine.reserve(0);
    this.#pattern = pattern;
    this.#memory = Buffer.from(this.#engine.memory.buffer);
    this.#memory.fill(pattern, this.#base);
    this.#want = Buffer.from(this.#memory);
  }

  /** The arena's size, or −status. The model stands at the end of memory, where a read behind it traps. */
  measure(model: Uint8Array): number {
    return this.#placed(model, (at) => this.#engine.measure(at, model.length));
  }

  /**
   * All that the engine says of an image, as one number; undefined where it does not fit this memory. `hidden` bytes
   * at the arena's end are watched like what comes after it, to see whether anything would be noticed.
   */
  run(model: Uint8Array, size: number, image: Uint8Array, mayStop: number, hidden = 0): number | undefined {
    const net = (this.#base + MARGIN + 15) & ~15;
    const pixels = net + size + MARGIN;
    if (pixels + image.length + MARGIN > END - model.length) return undefined;
    return this.#placed(model, (at) => {
      if (this.#engine.open(at, model.length, net, size - 16) === 0) throw new Error('an arena too small');
      const status = this.#engine.open(at, model.length, net, size);
      if (status !== 0) throw new Error(`open said ${status}`);
      this.#put(image, pixels);
      let said = 0;
      // Twice: the second image finds what the first has left.
      for (let turn = 0; turn < 2; turn++)
        said = this.#classify(net, new Craft(model), pixels, mayStop, said);
      this.#fill(pixels, pixels + image.length);
      this.#memory.fill(this.#pattern, net, net + size - hidden);
      return said;
    });
  }

  #classify(net: number, model: Craft, image: number, mayStop: number, before: number): number {
    const engine = this.#engine;
    const exits = model.net(F.NET_EXITS);
    const classes = model.net(F.NET_CLASSES);
    let said = before;
    const note = (at: number, bytes: number): void => {
      said = crc32(this.#memory.subarray(at, at + bytes), said);
    };
    engine.begin(net, image);
    for (let done = 0; done === 0; ) {
      done = engine.step(net, mayStop);
      note(net + 4, 20);
      const last = this.#memory.readUInt32LE(net + RUN_EXIT);
      for (let e = 0; e < exits; e++) note(engine.evidence(net, e), classes * 4);
      for (let e = 0; e <= last; e++) engine.decide(net, e);
      for (let k = 0; k < classes; k++) said = (said * 31 + engine.posterior(net, k)) >>> 0;
    }
    for (let l = 0; l < model.net(F.NET_LAYERS); l++) note(engine.layerState(net, l), 24);
    return said;
  }

  /** @throws where a byte outside the arena has changed */
  #placed<T>(model: Uint8Array, work: (at: number) => T): T {
    const at = (END - model.length) & ~15;
    this.#put(model, at);
    const result = work(at);
    if (this.#memory.compare(this.#want) !== 0) {
      const where = this.#memory.findIndex((byte, i) => byte !== this.#want[i]);
      throw new Error(`byte ${where} of memory has changed; the model begins at ${at}`);
    }
    this.#fill(at, at + model.length);
    return result;
  }

  #put(bytes: Uint8Array, at: number): void {
    this.#memory.set(bytes, at);
    this.#want.set(bytes, at);
  }

  #fill(from: number, to: number): void {
    this.#memory.fill(this.#pattern, from, to);
    this.#want.fill(this.#pattern, from, to);
  }
}

/** How long a model takes: additions at most, in one image. What would take too long is not run. */
export function cost(model: Craft): number {
  const shape = (at: number): [channels: number, height: number, width: number] => [
    model.get(at + F.LAYER_CHANNELS, 2),
    model.get(at + F.LAYER_HEIGHT, 2),
    model.get(at + F.LAYER_WIDTH, 2),
  ];
  let sum = 0;
  for (let l = 0, p = 0; l < model.net(F.NET_LAYERS); l++) {
    const [channels, height, width] = shape(model.layerAt(l));
    let row = channels * model.layer(l, F.LAYER_BURST);
    for (const last = p + model.layer(l, F.LAYER_PROJECTIONS); p < last; p++) {
      const source = model.projection(p, F.PROJ_SOURCE);
      const isImage = source === F.SOURCE_IMAGE;
      const [inputs, inHeight, inWidth] = shape(
        isImage ? model.section(F.SECTION_NET) : model.layerAt(source),
      );
      const burst = isImage ? 1 : model.layer(source, F.LAYER_BURST);
      const kernelH = model.projection(p, F.PROJ_KERNEL_H);
      const kernelW = model.projection(p, F.PROJ_KERNEL_W);
      const taps = isImage ? kernelH * kernelW : Math.min(kernelH, inHeight) * Math.min(kernelW, inWidth);
      row += taps * inputs * channels * burst;
    }
    sum += height * width * row;
  }
  return sum * model.net(F.NET_STEPS) + model.net(F.NET_STEPS) * model.net(F.NET_CLASSES) ** 2 * 20;
}

/** Pixels of a model's image. */
export function imageOf(model: Craft): number {
  return model.net(F.NET_CHANNELS) * model.net(F.NET_HEIGHT) * model.net(F.NET_WIDTH);
}
