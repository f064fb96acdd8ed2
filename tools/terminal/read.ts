/** Reads files that a command names, with an error in one line, and remembers them: nothing may be written over one. */
import { readFileSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { MOST_FILE_BYTES, MOST_STREAM_BYTES } from '../limits.ts';
import { Failure } from './failure.ts';

/** Files read so far, by device and inode: links are the file that they lead to. */
const inputs = new Set<string>();

/** How a file must begin; one that does not is not read to its end. */
export interface Beginning {
  bytes: number;
  /** @throws Failure over the first bytes, which are fewer where the file is shorter */
  check: (bytes: Uint8Array) => void;
}

const CHUNK = 2 ** 20;

/** @param code exit code of the process where the file cannot be read */
export async function readWhole(path: string, code: number, beginning?: Beginning): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    remember(path);
    file = await open(path);
    const found = await file.stat();
    // Those of /proc have no size.
    const size = found.isFile() ? found.size : 0;
    if (size > MOST_FILE_BYTES)
      throw new Failure(
        code,
        `${path}: ${size} bytes; at most ${MOST_FILE_BYTES} are read, give a part of it`,
      );
    const head = await fill(file, new Uint8Array(beginning?.bytes ?? 0));
    beginning?.check(head);
    return size === 0 ? await readStream(file, head, path, code) : await readRest(file, head, size);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const why = (error as NodeJS.ErrnoException).code;
    throw new Failure(code, `${path}: ${unreadable(why)}`);
  } finally {
    await file?.close();
  }
}

function unreadable(why: string | undefined): string {
  if (why === 'ENOENT') return 'no such file; check the path';
  if (why === 'EISDIR') return 'is a folder; name a file in it';
  if (why === 'EACCES') return 'cannot be read (EACCES); ask for the right to read it';
  return `cannot be read (${why}); check the path and its disk`;
}

async function readRest(file: FileHandle, head: Uint8Array, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  bytes.set(head);
  const rest = await fill(file, bytes.subarray(head.length));
  return bytes.subarray(0, head.length + rest.length);
}

/** Pipes and devices may never end. */
async function readStream(
  file: FileHandle,
  head: Uint8Array,
  path: string,
  code: number,
): Promise<Uint8Array> {
  const chunks = [head];
  let size = head.length;
  for (let chunk = await fill(file, new Uint8Array(CHUNK)); chunk.length > 0; ) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_STREAM_BYTES)
      throw new Failure(code, `${path}: more than ${MOST_STREAM_BYTES} bytes from a pipe; save it as a file`);
    chunk = await fill(file, new Uint8Array(CHUNK));
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The part of `bytes` that the file had enough for. */
async function fill(file: FileHandle, bytes: Uint8Array): Promise<Uint8Array> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

/** Of a file alone: nothing that may never end. @throws NodeJS.ErrnoException */
export function readWholeSync(path: string): Uint8Array {
  if (!statSync(path).isFile()) throw Object.assign(new Error(), { code: 'no file' });
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
  try {
    const found = statSync(path, { bigint: true });
    return found.isFile() ? `${found.dev}:${found.ino}` : undefined;
  } catch {
    // Whoever opens it says why not.
    return undefined;
  }
}
