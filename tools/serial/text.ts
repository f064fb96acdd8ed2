/** A board that listens, asked by the text commands of MLPerf Tiny: boards/uart/text.c. */
import { POSTERIOR_ONE } from '../../assembly/shared/format.ts';
import { EXIT_DATA, EXIT_IO } from '../../assembly/shared/status.ts';
import { Failure } from '../terminal/failure.ts';
import type { BoardAnswer } from './board.ts';
import type { Link } from './link.ts';

/** As the benchmark's runner sends them. */
const BYTES_PER_COMMAND = 31;
const READY = /^m-ready\r?\n/m;

export class TextBoard {
  readonly #link: Link;
  readonly #ms: number;
  #said = '';
  #notify: () => void = () => {};
  #ended: string | undefined;
  /** Of `count`, once there is an answer. */
  unit = '';

  constructor(link: Link, ms: number) {
    this.#link = link;
    this.#ms = ms;
    link.onData((bytes) => {
      this.#said += Buffer.from(bytes).toString('latin1');
      this.#notify();
    });
    link.onEnd((why) => {
      this.#ended = why;
      this.#notify();
    });
  }

  /** Lines of the answer. @throws Failure where it is an error */
  async command(command: string): Promise<string[]> {
    this.#said = '';
    this.#link.write(Buffer.from(`${command}%`, 'latin1'));
    const lines = await this.#answer(command.split(' ')[0] as string);
    const error = lines.find((line) => line.startsWith('e-['));
    if (error !== undefined) throw new Failure(EXIT_DATA, `the board: ${error.slice(3, -1)}`);
    return lines;
  }

  /** What a board says when it starts; it may have done so before we came. */
  async started(ms: number): Promise<void> {
    await this.#wait(ms).catch(() => undefined);
    if (this.#ended !== undefined) throw new Failure(EXIT_IO, this.#ended);
  }

  async classify(image: Uint8Array): Promise<BoardAnswer> {
    await this.command(`db load ${image.length}`);
    for (let i = 0; i < image.length; i += BYTES_PER_COMMAND)
      await this.command(`db ${Buffer.from(image.subarray(i, i + BYTES_PER_COMMAND)).toString('hex')}`);
    const { unit, answer } = answerOf(await this.command('infer 1 0'));
    this.unit = unit;
    return answer;
  }

  async #answer(command: string): Promise<string[]> {
    await this.#wait(this.#ms).catch(() => {
      throw new Failure(
        EXIT_IO,
        `${command}: no m-ready within ${this.#ms / 1000} s; check wiring and --baud`,
      );
    });
    if (this.#ended !== undefined && !READY.test(this.#said)) throw new Failure(EXIT_IO, this.#ended);
    return this.#said.split(/\r?\n/).filter((line) => line !== '' && line !== 'm-ready');
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(reject, ms);
      this.#notify = () => {
        if (!READY.test(this.#said) && this.#ended === undefined) return;
        clearTimeout(timer);
        this.#notify = () => {};
        resolve();
      };
      this.#notify();
    });
  }
}

function answerOf(lines: string[]): { unit: string; answer: BoardAnswer } {
  const line = lines.find((l) => l.startsWith('m-answer-['));
  if (line === undefined)
    throw new Failure(EXIT_DATA, 'the board answers without m-answer: no firmware of ours');
  const fields = line
    .slice('m-answer-['.length, -1)
    .split(' ')
    .map((field) => field.split('='));
  const values = fields.map(([, value]) => Number(value));
  const [label, posterior, margin, exit, steps, count] = values as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const answer = { class: label, confidence: posterior / POSTERIOR_ONE, margin, exit, steps, count };
  return { unit: fields.at(-1)?.[0] ?? '', answer };
}
