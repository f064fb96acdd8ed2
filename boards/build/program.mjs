/** Programs that are started, and what happens where one is missing. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const start = promisify(execFile);

/** Where everything lies that is built once. */
export const CACHE = resolve('.cache', 'boards');

/** Where one process builds; gone when it ends. */
export const SCRATCH = join(CACHE, `run-${process.pid}`);
process.on('exit', () => rmSync(SCRATCH, { recursive: true, force: true }));

/** What is not installed; the message says what to install. */
export class Missing extends Error {}

/**
 * Output of a program that succeeded.
 * @param {{ advice?: string, seconds?: number, mayFail?: boolean, cwd?: string }} options `advice`: what to install;
 *   `mayFail`: a program that ends with failure, or not in time, is an answer too
 */
export async function run(program, args, { advice = program, seconds = 600, mayFail = false, cwd } = {}) {
  const child = { timeout: seconds * 1000, maxBuffer: 1 << 26, killSignal: 'SIGKILL', cwd };
  const promise = start(program, args, child);
  promise.child.stdin.end();
  try {
    return { code: 0, ...(await promise) };
  } catch (error) {
    if (error.code === 'ENOENT') throw new Missing(`install ${advice}`);
    const { stdout, stderr, killed } = error;
    if (mayFail) return { code: error.code ?? error.signal, stdout, stderr, timedOut: killed };
    const said = `${stderr}${stdout}`.trim().split('\n');
    const line =
      said.find((l) => /overflowed/.test(l)) ??
      said.find((l) => /error|cannot|undefined/i.test(l)) ??
      said.at(-1);
    throw new Error(`${program} failed: ${killed ? `no end within ${seconds} s` : line}`);
  }
}

/** First line of what a program says of its version. */
export async function version(program) {
  try {
    return (await start(program, ['--version'])).stdout.split('\n')[0];
  } catch {
    return 'not installed';
  }
}

/** A name for what is built from these parts. */
export function key(...parts) {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}
