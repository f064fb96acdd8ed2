/** Output files appear whole or not at all. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { EXIT_IO } from '../assembly/shared/status.ts';
import { Failure } from './failure.ts';

export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    const { code } = error as NodeJS.ErrnoException;
    const fix =
      code === 'ENOENT'
        ? 'make its folder first'
        : code === 'ENOSPC'
          ? 'free some disk space'
          : 'choose a writable place';
    throw new Failure(EXIT_IO, `${path}: cannot be written (${code}); ${fix}`);
  }
}
