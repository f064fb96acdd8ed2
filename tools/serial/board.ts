/** A board that listens, asked by frames: what it has, an answer to an image, or all that every layer did. */
import { POSTERIOR_ONE } from '../../assembly/shared/format.ts';
import { MAX_CHANCES, MAX_LAYERS } from '../../assembly/shared/limits.ts';
import { EXIT_DATA, EXIT_IO } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';
import { encodeFrame, type Frame, FrameReader, type FrameType, TYPES } from './frames.ts';
import type { Link } from './link.ts';

export interface BoardNetwork {
  imageBytes: number;
  layers: number;
  classes: number;
  /** The CRC of its model's file. */
  crc: number;
  /** Of `count`. */
  unit: string;
  name: string;
}

export interface BoardAnswer {
  class: number;
  /** 0..1. */
  confidence: number;
  margin: number;
  exit: number;
  steps: number;
  /** What it took, in the board's unit. */
  count: number;
  /** Spikes per layer; text commands do not tell. */
  spikes?: number[];
}

/** "events:CRC" per layer, as test/golden has them. */
export interface BoardStep {
  step: number;
  layers: string[];
}

const TRIES = 3;
/** Building a firmware and starting it is waited for longer; a query is repeated meanwhile. */
const QUERY_MS = 1000;

export class Board {
  readonly network: BoardNetwork;
  readonly #asker: Asker;

  private constructor(asker: Asker, network: BoardNetwork) {
    this.#asker = asker;
    this.network = network;
  }

  /** @param ms how long a board may take to start, and then for each answer */
  static async connect(link: Link, ms: { start: number; answer: number }): Promise<Board> {
    const asker = new Asker(link, ms.answer);
    const until = Date.now() + ms.start;
    for (;;) {
      const frames = await asker.ask(TYPES.QUERY, undefined, Math.min(QUERY_MS, ms.start));
      if (frames !== undefined) return new Board(asker, networkOf(frames));
      if (Date.now() > until)
        throw new Failure(
          EXIT_IO,
          `no answer within ${ms.start / 1000} s; does the board run firmware by snn flash --listen?`,
        );
    }
  }

  async classify(image: Uint8Array): Promise<BoardAnswer> {
    return answerOf(await this.#send(TYPES.IMAGE, image), this.network.layers);
  }

  /** Every step to the last one. */
  async trace(image: Uint8Array): Promise<BoardStep[]> {
    const frames = await this.#send(TYPES.TRACE, image);
    return frames.slice(0, -1).map(({ payload }) => {
      const [step = 0, ...counted] = words(payload, 1 + 2 * this.network.layers);
      const layers = Array.from({ length: this.network.layers }, (_, l) => {
        const [events = 0, crc = 0] = counted.slice(2 * l);
        return `${events}:${crc.toString(16).padStart(8, '0')}`;
      });
      return { step, layers };
    });
  }

  async #send(type: FrameType, image: Uint8Array): Promise<Frame[]> {
    for (let i = 0; i < TRIES; i++) {
      const frames = await this.#asker.ask(type, image);
      if (frames !== undefined) return frames;
    }
    throw new Failure(EXIT_IO, `no answer to an image in ${TRIES} tries; check wiring and --baud`);
  }
}

/** One question at a time. */
class Asker {
  readonly #link: Link;
  readonly #ms: number;
  #id = 0;
  #take: (frame: Frame) => void = () => {};
  #fail: (error: Failure) => void = () => {};
  #ended: Failure | undefined;

  constructor(link: Link, ms: number) {
    this.#link = link;
    this.#ms = ms;
    const reader = new FrameReader();
    link.onData((bytes) => {
      for (const frame of reader.push(bytes)) this.#take(frame);
    });
    link.onEnd((why) => {
      this.#ended = new Failure(EXIT_IO, why);
      this.#fail(this.#ended);
    });
  }

  /** The frames of the answer, the last one its end; undefined where none came in time or the question was damaged. */
  ask(type: FrameType, payload?: Uint8Array, ms = this.#ms): Promise<Frame[] | undefined> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#id = (this.#id + 1) & 255;
    const id = this.#id;
    const frames: Frame[] = [];
    return new Promise((resolve, reject) => {
      let timer = setTimeout(resolve, ms, undefined);
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        this.#take = () => {};
        end();
      };
      this.#fail = (error) => settle(() => reject(error));
      this.#take = (frame) => {
        const isError = frame.type === TYPES.ERROR;
        const { payload } = frame;
        // A damaged question may come back under another number.
        if (isError && payload.length >= 4 && payload.readUInt32LE(0) === 0)
          return settle(() => resolve(undefined));
        if (frame.id !== id) return;
        if (isError)
          return settle(() => reject(new Failure(EXIT_DATA, `the board: ${payload.toString('utf8', 4)}`)));
        // Of a board that never ends its answer.
        if (frames.length > MAX_CHANCES) return settle(() => reject(strange()));
        frames.push(frame);
        clearTimeout(timer);
        timer = setTimeout(resolve, ms, undefined);
        if (frame.type !== TYPES.STEP) settle(() => resolve(frames));
      };
      this.#link.write(encodeFrame(type, id, payload));
    });
  }
}

function networkOf(frames: Frame[]): BoardNetwork {
  const { payload } = frames.at(-1) as Frame;
  const [imageBytes, layers, classes, crc, unit] = words(payload, 5) as [
    number,
    number,
    number,
    number,
    number,
  ];
  // What is counted by them later.
  if (layers < 1 || layers > MAX_LAYERS || 20 + unit > payload.length) throw strange();
  const text = payload.toString('utf8', 20);
  return { imageBytes, layers, classes, crc, unit: text.slice(0, unit), name: text.slice(unit) };
}

function answerOf(frames: Frame[], layers: number): BoardAnswer {
  const { payload } = frames.at(-1) as Frame;
  const [label, posterior, , exit, steps, low, high] = words(payload, 7) as number[] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    class: label,
    confidence: posterior / POSTERIOR_ONE,
    margin: payload.readInt32LE(8),
    exit,
    steps,
    count: high * 2 ** 32 + low,
    spikes: words(payload.subarray(28), layers),
  };
}

/** Whole frames that say too little, or too much: no damage on the way. */
function strange(): Failure {
  return new Failure(
    EXIT_DATA,
    'the board: frames of another firmware; flash it anew with snn flash --listen',
  );
}

/** @throws Failure where the board sent fewer */
function words(payload: Buffer, count: number): number[] {
  if (payload.length < 4 * count) throw strange();
  return Array.from({ length: count }, (_, i) => payload.readUInt32LE(4 * i));
}
