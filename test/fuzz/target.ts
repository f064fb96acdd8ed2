/** What is fuzzed: how an input is drawn from a seed, and what must hold of it. */
import { Failure } from '../../tools/terminal/failure.ts';
import type { Random } from '../models/random.ts';

/** 'accepted', or how it was refused. */
export type Verdict = string;

export interface Target {
  name: string;
  make(r: Random): Uint8Array;
  /** @throws where a promise is broken: a finding */
  run(input: Uint8Array, r: Random): Verdict | Promise<Verdict>;
  /** Frees what it has started. */
  close?(): void;
}

/** A program that a target needs is not installed; the message says which. */
export class Absent extends Error {}

/** The verdict of an error: a refusal is one line that names the file and sends nothing to a terminal. @throws the error, if it is none */
export function refusal(error: unknown, file: string): Verdict {
  if (!(error instanceof Failure)) throw error;
  const { code, message } = error;
  if (!message.includes(file)) throw new Error(`a refusal without its file: ${message}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(message))
    throw new Error(`a refusal of more than a line: ${JSON.stringify(message)}`);
  if (message.length > 2000) throw new Error(`a refusal of ${message.length} characters`);
  if (![1, 2, 3, 4].includes(code)) throw new Error(`exit code ${code}: ${message}`);
  return `code ${code}`;
}
