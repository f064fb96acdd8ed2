/** Files by path, and buffered reading of the one that is open. */

import { EXIT_DATA, EXIT_MODEL } from '../shared/status';
import { ascii } from './ascii';
import { beginError, endWith, putString } from './print';
import { fd_close, fd_prestat_dir_name, fd_prestat_get, fd_read, path_open } from './wasi_snapshot_preview1';

const FIRST_PREOPEN = 3;
const FOLLOW_LINKS = 1;
const RIGHT_READ: i64 = 2;
const NO_ENTRY = 44;

const SIZE = 4096;
const BUFFER: usize = memory.data(SIZE, 16);
/** fd, next byte, end of the bytes in the buffer. */
const STATE: usize = memory.data(12, 4);
/** { pointer, bytes }, then the count that the host wrote; also prestat and opened fd. */
const CELL: usize = memory.data(12, 4);
const NAME: usize = memory.data(256, 16);

/** Opens a file for reading; on failure ends the command with an advice. */
export function openFile(path: usize, isModel: bool): void {
  if (load<u8>(path) === 45 && load<u8>(path + 1) === 0) {
    useDescriptor(0);
    return;
  }
  let folders = 0;
  let missing = false;
  for (let fd = FIRST_PREOPEN; fd_prestat_get(fd, CELL) === 0; fd++, folders++) {
    const inside = pathInside(fd, load<u32>(CELL, 4), path);
    if (inside === 0) continue;
    const error = path_open(fd, FOLLOW_LINKS, inside, lengthOf(inside), 0, RIGHT_READ, 0, 0, CELL);
    if (error === 0) {
      useDescriptor(load<u32>(CELL));
      return;
    }
    missing = missing || error === NO_ENTRY;
  }
  beginError();
  putString(path);
  if (missing) putString(ascii(': no such file; check the path'));
  else if (folders === 0)
    putString(ascii(': no folder is open to the command; run it as wasmtime --dir . snn.wasm'));
  else putString(ascii(': cannot be opened; name its folder with wasmtime --dir'));
  endWith(isModel ? EXIT_MODEL : EXIT_DATA);
}

/** The part of `path` behind the preopened folder's name, or 0 if it lies elsewhere. */
function pathInside(fd: i32, length: u32, path: usize): usize {
  if (length > 256 || fd_prestat_dir_name(fd, NAME, length) !== 0) return 0;
  const relative = load<u8>(path) !== 47;
  // Relative paths are looked up in the folder "." and in every other one.
  if (length === 0 || relative) return path;
  let i: u32 = 0;
  while (i < length && load<u8>(NAME + i) === load<u8>(path + i)) i++;
  if (i < length) return 0;
  while (load<u8>(path + i) === 47) i++;
  return path + i;
}

function lengthOf(text: usize): usize {
  let end = text;
  while (load<u8>(end) !== 0) end++;
  return end - text;
}

function useDescriptor(fd: i32): void {
  store<i32>(STATE, fd);
  store<u32>(STATE, 0, 4);
  store<u32>(STATE, 0, 8);
}

export function closeFile(): void {
  if (load<i32>(STATE) !== 0) fd_close(load<i32>(STATE));
}

/** Reads at most `bytes` bytes straight from the file; 0 at its end. */
function readSome(to: usize, bytes: u32): u32 {
  store<u32>(CELL, <u32>to);
  store<u32>(CELL, bytes, 4);
  store<u32>(CELL, 0, 8);
  return fd_read(load<i32>(STATE), CELL, 1, CELL + 8) === 0 ? load<u32>(CELL, 8) : 0;
}

/** The next byte, or −1 at the end. */
export function readByte(): i32 {
  const at = peekByte();
  if (at >= 0) store<u32>(STATE, load<u32>(STATE, 4) + 1, 4);
  return at;
}

/** The next byte without taking it, or −1 at the end. */
export function peekByte(): i32 {
  if (load<u32>(STATE, 4) === load<u32>(STATE, 8)) {
    store<u32>(STATE, 0, 4);
    store<u32>(STATE, readSome(BUFFER, SIZE), 8);
    if (load<u32>(STATE, 8) === 0) return -1;
  }
  return load<u8>(BUFFER + load<u32>(STATE, 4));
}

/** Fills `bytes` bytes; returns how many there were. */
export function readBytes(to: usize, bytes: u32): u32 {
  let got: u32 = 0;
  for (; got < bytes; got++) {
    const byte = readByte();
    if (byte < 0) break;
    store<u8>(to + got, byte);
  }
  return got;
}
