/** Reads files that a command names, with one-line errors. */
import { readFile } from 'node:fs/promises';
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import type { Model } from '../model.ts';
import { Failure } from '../terminal/failure.ts';
import { unpack } from './unpack.ts';

export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure(
      EXIT_MODEL,
      `${path}: ${code === 'ENOENT' ? 'no such file; check the path' : `cannot be read (${code})`}`,
    );
  }
}

export async function readModel(path: string): Promise<{ bytes: Uint8Array; model: Model }> {
  const bytes = await readModelFile(path);
  return { bytes, model: unpack(bytes, path) };
}
