/** Output files appear whole or not at all. */
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { EXIT_IO, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { Failure } from './failure.ts';
import { wasRead } from './read.ts';

export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  refuseInput(path);
  const temporary = `${path}.${process.pid}.part`;
  try {
    if (await isDevice(path)) return await writeFile(path, content);
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}

let owed = false;

/** A file has been announced: nobody reading what is printed is no reason to leave it unwritten. */
export function owesFile(): boolean {
  return owed;
}

/** Fails now rather than after minutes of work if nothing could be written there. */
export async function checkWritable(path: string): Promise<void> {
  refuseInput(path);
  owed = true;
  const temporary = `${path}.${process.pid}.part`;
  try {
    if (await isDevice(path)) return;
    if ((await stat(path).catch(() => undefined))?.isDirectory())
      throw Object.assign(new Error(), { code: 'EISDIR' });
    await writeFile(temporary, '');
    await rm(temporary);
  } catch (error) {
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}

function refuseInput(path: string): void {
  if (wasRead(path))
    throw new Failure(EXIT_USAGE, `${path}: was read by this command; write to another file`);
}

function unwritable(path: string, { code, message }: NodeJS.ErrnoException): Failure {
  return new Failure(EXIT_IO, `${path}: cannot be written (${code ?? message}); ${remedy(code)}`);
}

/** Pipes and devices such as /dev/stdout cannot be replaced, only written to. */
async function isDevice(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

function remedy(code: string | undefined): string {
  if (code === 'ENOENT') return 'make its folder first';
  if (code === 'ENOSPC') return 'free some disk space';
  if (code === 'EISDIR') return 'this is a folder, name a file in it';
  return 'choose a writable place';
}
