/** Runs WASI commands under the real wasmtime: from WASMTIME, PATH, or the private copy of setup.mjs --test. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** @throws where there is none */
export function findWasmtime(): string {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, 'wasmtime'));
  const found = [process.env.WASMTIME, ...onPath, '.cache/wasmtime/wasmtime'].find((p) => p && existsSync(p));
  if (found === undefined)
    throw new Error('wasmtime is missing; run npm test, or install it from https://wasmtime.dev');
  return found;
}

/** `wasmtime --dir folder module args…`, with the bytes of standard input. */
export function wasmtime(
  folder: string | undefined,
  module: string,
  args: string[],
  input?: Uint8Array,
): Result {
  const dir = folder === undefined ? [] : ['--dir', `${folder}::.`];
  const run = spawnSync(findWasmtime(), [...dir, module, ...args], {
    input: input ?? '',
    maxBuffer: 1 << 28,
  });
  // A command that refuses its model leaves its input unread.
  if (run.error && (run.error as NodeJS.ErrnoException).code !== 'EPIPE') throw run.error;
  return { code: run.status ?? -1, stdout: run.stdout.toString(), stderr: run.stderr.toString() };
}
