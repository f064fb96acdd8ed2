/** Text to the standard streams, gathered in one buffer; numbers are printed from integers alone. */

import { EXIT_IO } from '../shared/status';
import { ascii } from './ascii';
import { fd_write, proc_exit } from './wasi_snapshot_preview1';

const STDOUT = 1;
const STDERR = 2;
const SIZE = 4096;
const BUFFER: usize = memory.data(SIZE, 16);
/** u32: bytes waiting. */
const USED: usize = memory.data(4, 4);
/** { pointer, bytes }, then the count that the host wrote. */
const VECTOR: usize = memory.data(12, 4);

export function putByte(byte: u32): void {
  const used = load<u32>(USED);
  store<u8>(BUFFER + used, byte);
  store<u32>(USED, used + 1);
  if (used + 1 === SIZE) flush(STDOUT);
}

/** A zero-terminated string: an argument, or ascii('text'). */
export function putString(pointer: usize): void {
  for (; load<u8>(pointer) !== 0; pointer++) putByte(load<u8>(pointer));
}

export function putNumber(value: i64): void {
  if (value < 0) {
    putByte(45);
    value = -value;
  }
  if (value >= 10) putNumber(value / 10);
  putByte(48 + <u32>(value % 10));
}

/** Right-aligned in `width` columns. */
export function putColumn(value: i64, width: i32): void {
  let digits = 1;
  for (let rest = value; rest >= 10; rest /= 10) digits++;
  for (; digits < width; digits++) putByte(32);
  putNumber(value);
}

/** `value` / 10^decimals. */
export function putDecimal(value: i64, decimals: i32): void {
  let one: i64 = 1;
  for (let i = 0; i < decimals; i++) one *= 10;
  putNumber(value / one);
  putByte(46);
  for (let rest = value % one; decimals > 0; decimals--) {
    one /= 10;
    putByte(48 + <u32>(rest / one));
    rest %= one;
  }
}

export function putHex(value: u32): void {
  for (let shift = 28; shift >= 0; shift -= 4) {
    const digit = (value >>> shift) & 15;
    putByte(digit < 10 ? 48 + digit : 87 + digit);
  }
}

export function flush(fd: i32 = STDOUT): void {
  let at = BUFFER;
  let left = load<u32>(USED);
  store<u32>(USED, 0);
  while (left > 0) {
    store<u32>(VECTOR, <u32>at);
    store<u32>(VECTOR, left, 4);
    // A reader that went away, or a full disk: nobody is left to tell.
    if (fd_write(fd, VECTOR, 1, VECTOR + 8) !== 0) proc_exit(EXIT_IO);
    const written = load<u32>(VECTOR, 8);
    at += written;
    left -= written;
  }
}

/** Sends what was put since as one line on stderr and ends the command. */
export function endWith(code: i32): void {
  putByte(10);
  flush(STDERR);
  proc_exit(code);
}

/** Starts an error line; results so far go out first. */
export function beginError(): void {
  flush(STDOUT);
  putString(ascii('snn: '));
}
