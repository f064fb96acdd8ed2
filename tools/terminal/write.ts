/** Output files appear whole or not at all. */
import { constants, type Stats } from 'node:fs';
import {
  access,
  chmod,
  lstat,
  mkdtemp,
  open,
  readdir,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { EXIT_IO, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { Failure } from './failure.ts';
import { wasRead } from './read.ts';

/** Replaces what links lead to and keeps its mode. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  refuseInput(path);
  try {
    const { target, found } = await targetOf(path);
    if (isDevice(found)) return await writeFile(path, content);
    const temporary = await writeBeside(target, content);
    try {
      if (found !== undefined) await chmod(temporary, found.mode & 0o7777);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  } catch (error) {
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
  try {
    const { target, found } = await targetOf(path);
    if (found?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (found !== undefined) await access(target, constants.W_OK);
    if (isDevice(found)) return;
    await sweep(target);
    // A full disk has room for a name, but not for bytes.
    await rm(await writeBeside(target, ' '));
  } catch (error) {
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}

/** The same for a folder that must not exist; those above it are made with it. */
export async function checkNewFolder(path: string): Promise<void> {
  owed = true;
  const there = await lstat(path).catch(() => undefined);
  if (there !== undefined) throw new Failure(EXIT_USAGE, `${path}: is there already; name another folder`);
  try {
    let above = dirname(resolve(path));
    while ((await lstat(above).catch(() => undefined)) === undefined) above = dirname(above);
    const tried = await mkdtemp(join(above, '.snn-'));
    await rm(await writeBeside(join(tried, 'file'), ' '));
    await rmdir(tried);
  } catch (error) {
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}

/** Machines may share a folder and their numbers of processes. */
const HOST = crc32(hostname()).toString(36);

/** A new file, never one that was there, on the disk before it gets its name. */
async function writeBeside(target: string, content: Uint8Array | string): Promise<string> {
  const temporary = `${target}.${HOST}.${process.pid}.part`;
  // Only a process of the same number, which has ended, can have left one.
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}

/** Takes away what killed processes of this machine left of the same file. */
async function sweep(target: string): Promise<void> {
  const name = basename(target);
  for (const file of await readdir(dirname(target))) {
    if (!file.startsWith(`${name}.${HOST}.`)) continue;
    const [, pid] = /^(\d+)\.part$/.exec(file.slice(name.length + HOST.length + 2)) ?? [];
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(join(dirname(target), file), { force: true }).catch(() => {});
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Links to links; the system follows no more either. */
const MOST_LINKS = 40;

/** The file behind any links, also where there is none yet. */
async function targetOf(path: string): Promise<{ target: string; found: Stats | undefined }> {
  let target = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    const there = await lstat(target).catch(() => undefined);
    if (there?.isSymbolicLink() !== true) return { target, found: await stat(path).catch(() => undefined) };
    target = resolve(dirname(target), await readlink(target));
  }
  throw Object.assign(new Error(), { code: 'ELOOP' });
}

/** Once all that is read has been read. @throws Failure where the file is one of them */
export function refuseInput(path: string): void {
  if (wasRead(path))
    throw new Failure(EXIT_USAGE, `${path}: was read by this command; write to another file`);
}

function unwritable(path: string, { code, message }: NodeJS.ErrnoException): Failure {
  return new Failure(EXIT_IO, `${path}: cannot be written (${code ?? message}); ${remedy(code)}`);
}

/** Pipes and devices such as /dev/stdout cannot be replaced, only written to. */
function isDevice(found: Stats | undefined): boolean {
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

function remedy(code: string | undefined): string {
  if (code === 'ENOENT') return 'make its folder first';
  if (code === 'ENOSPC') return 'free some disk space';
  if (code === 'EISDIR') return 'this is a folder, name a file in it';
  return 'choose a writable place';
}
