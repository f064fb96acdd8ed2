/** Files by path, and buffered reading of the one that is open. */

import * as X from '../shared/status';
import { ascii } from './ascii';
import { beginError, endWith, putString } from './print';
import { fd_close, fd_prestat_dir_name, fd_prestat_get, fd_read, path_open } from './wasi_snapshot_preview1';

const FIRST_PREOPEN = 3;
const FOLLOW_LINKS = 1;
const RIGHT_READ: i64 = 2;
const NO_ENTRY = 44;

const SIZE = 4096;
const BUFFER: usize = memory.data(SIZE, 16);
/** fd, next byte, end of the bytes in the buffer, path, exit code of its faults. */
const STATE: usize = memory.data(20, 4);
/** { pointer, bytes }, then the count that the host wrote; also prestat and opened fd. */
const CELL: usize = memory.data(12, 4);
const NAME_SIZE: u32 = 256;
const NAME: usize = memory.data(NAME_SIZE, 16);

/** Opens a file for reading; on failure ends the command with an advice. */
export function openFile(path: usize, isModel: bool): void {
  store<u32>(STATE, <u32>path, 12);
  store<i32>(STATE, isModel ? X.EXIT_MODEL : X.EXIT_DATA, 16);
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
  if (missing) fail(ascii(': no such file; check the path'));
  if (folders === 0) fail(ascii(': no folder is open; run it as wasmtime --dir . snn.wasm'));
  fail(ascii(': cannot be opened; name its folder with wasmtime --dir'));
}

function fail(what: usize): void {
  beginError();
  putString(load<u32>(STATE, 12));
  putString(what);
  endWith(load<i32>(STATE, 16));
}

/** The part of `path` behind the preopened folder's name, or 0 if an absolute path lies elsewhere. */
function pathInside(fd: i32, length: u32, path: usize): usize {
  if (length >= NAME_SIZE || fd_prestat_dir_name(fd, NAME, length) !== 0) return 0;
  store<u8>(NAME + length, 0);
  const name = skipDots(NAME);
  const inside = skipDots(path);
  let i: usize = 0;
  while (load<u8>(name + i) !== 0 && load<u8>(name + i) === load<u8>(inside + i)) i++;
  // A name ends where the path has a slash: /data holds /data/x, not /database.
  const whole = i === 0 || load<u8>(inside + i - 1) === 47 || load<u8>(inside + i) === 47;
  if (load<u8>(name + i) === 0 && whole && (i > 0 || load<u8>(inside) !== 47)) {
    while (load<u8>(inside + i) === 47) i++;
    return inside + i;
  }
  // Any other relative path is looked up in every folder.
  return load<u8>(inside) === 47 ? 0 : inside;
}

/** Behind leading "./"; the folder "." becomes the empty name. */
function skipDots(text: usize): usize {
  while (load<u8>(text) === 46 && (load<u8>(text + 1) === 47 || load<u8>(text + 1) === 0)) {
    text++;
    while (load<u8>(text) === 47) text++;
  }
  return text;
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

/** Adds what the file gives next to the bytes in the buffer; false at its end. */
function readMore(): bool {
  const end = load<u32>(STATE, 8);
  store<u32>(CELL, <u32>BUFFER + end);
  store<u32>(CELL, SIZE - end, 4);
  store<u32>(CELL, 0, 8);
  if (fd_read(load<i32>(STATE), CELL, 1, CELL + 8) !== 0)
    fail(ascii(': cannot be read; check that it is a file'));
  store<u32>(STATE, end + load<u32>(CELL, 8), 8);
  return load<u32>(CELL, 8) !== 0;
}

/** The next byte, or −1 at the end. */
export function readByte(): i32 {
  const byte = peekByte();
  if (byte >= 0) store<u32>(STATE, load<u32>(STATE, 4) + 1, 4);
  return byte;
}

/** The byte `ahead` of the next one without taking it, or −1 behind the end; `ahead` only at the file's beginning. */
export function peekByte(ahead: u32 = 0): i32 {
  if (load<u32>(STATE, 4) === SIZE) {
    store<u32>(STATE, 0, 4);
    store<u32>(STATE, 0, 8);
  }
  const at = load<u32>(STATE, 4) + ahead;
  while (at >= load<u32>(STATE, 8)) if (!readMore()) return -1;
  return load<u8>(BUFFER + at);
}

/** Fills `bytes` bytes; returns how many there were. */
export function readBytes(to: usize, bytes: u32): u32 {
  let got: u32 = 0;
  while (got < bytes && peekByte() >= 0) {
    const next = load<u32>(STATE, 4);
    const count = min(bytes - got, load<u32>(STATE, 8) - next);
    for (let i: u32 = 0; i < count; i++) store<u8>(to + got + i, load<u8>(BUFFER + next + i));
    store<u32>(STATE, next + count, 4);
    got += count;
  }
  return got;
}
