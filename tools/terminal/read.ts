/** Reads files that a command names, with an error in one line. */
import { readFile } from 'node:fs/promises';
import { Failure } from './failure.ts';

/** @param code exit code of the process where the file cannot be read */
export async function readWhole(path: string, code: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    const what = why === 'ENOENT' ? 'no such file; check the path' : `cannot be read (${why})`;
    throw new Failure(code, `${path}: ${what}`);
  }
}
