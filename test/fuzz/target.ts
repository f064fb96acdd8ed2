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

/** The verdict of an error: a refusal names the file; the command prints it in one line. @throws the error, if it is none */
export function refusal(error: unknown, file: string): Verdict {
  if (!(error instanceof Failure)) throw error;
  const { code, message } = error;
  if (!message.includes(file)) throw new Error(`a refusal without its file: ${message}`);
  if (message.length > 2000) throw new Error(`a refusal of ${message.length} characters`);
  if (![1, 2, 3, 4].includes(code)) throw new Error(`exit code ${code}: ${message}`);
  return `code ${code}`;
}
