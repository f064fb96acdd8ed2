/** A C program of the fuzz, built with the sanitizers of gcc, or told what is missing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Absent } from './target.ts';

/** Exit code of build.mjs where something is to be installed. */
const MISSING = 3;

export interface Built {
  /** What it says to these bytes. @throws where it ends in any way but well */
  run(input: Uint8Array, args?: string[]): Buffer;
  close(): void;
}

export function build(sources: string[]): Built {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-c-'));
  const program = join(folder, 'program');
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  const args = ['boards/here/build.mjs', '--runtime', 'wasm2c', '--sanitize', '-o', program, ...sources];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) {
    close();
    throw status === MISSING && !process.env.CI ? new Absent(stderr.trim()) : new Error(stderr);
  }
  return {
    run(input, args = []) {
      const { status, signal, stdout, stderr } = spawnSync(program, args, {
        input,
        timeout: 20_000,
        maxBuffer: 1 << 28,
      });
      if (status !== 0 || stderr.length > 0)
        throw new Error(
          `ended ${status ?? signal}: ${stderr.toString().split('\n').slice(0, 3).join(' | ')}`,
        );
      return stdout;
    },
    close,
  };
}
