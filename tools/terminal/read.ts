/** Reads files that a command names, with an error in one line, and remembers them: nothing may be written over one. */
import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Failure } from './failure.ts';

/** Files read so far, by device and inode: links are the file that they lead to. */
const inputs = new Set<string>();

/** @param code exit code of the process where the file cannot be read */
export async function readWhole(path: string, code: number): Promise<Uint8Array> {
  try {
    remember(path);
    return new Uint8Array(await readFile(path));
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    const what = why === 'ENOENT' ? 'no such file; check the path' : `cannot be read (${why})`;
    throw new Failure(code, `${path}: ${what}`);
  }
}

/** @throws NodeJS.ErrnoException */
export function readWholeSync(path: string): Uint8Array {
  remember(path);
  return new Uint8Array(readFileSync(path));
}

export function wasRead(path: string): boolean {
  const id = idOf(path);
  return id !== undefined && inputs.has(id);
}

function remember(path: string): void {
  const id = idOf(path);
  if (id !== undefined) inputs.add(id);
}

/** Undefined where there is no file of which two could be the same. */
function idOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found?.isFile() ? `${found.dev}:${found.ino}` : undefined;
}
