/** Text to the standard streams, gathered in one buffer; numbers are printed from integers alone. */

import * as X from '../shared/status';
import { ascii } from './ascii';
import { fd_write, proc_exit } from './wasi_snapshot_preview1';

const STDOUT: u32 = 1;
const STDERR: u32 = 2;
const SIZE = 4096;
const BUFFER: usize = memory.data(SIZE, 16);
/** u32: bytes waiting; whether they are an error; the exit code that goes with it. */
const USED: usize = memory.data(12, 4);
const IS_ERROR: usize = 4;
const CODE: usize = 8;
/** { pointer, bytes }, then the count that the host wrote. */
const VECTOR: usize = memory.data(12, 4);

export function putByte(byte: u32): void {
  const used = load<u32>(USED);
  store<u8>(BUFFER + used, byte);
  store<u32>(USED, used + 1);
  if (used + 1 === SIZE) flush();
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

export function flush(): void {
  const isError = load<u32>(USED, IS_ERROR) !== 0;
  let at = BUFFER;
  let left = load<u32>(USED);
  store<u32>(USED, 0);
  while (left > 0) {
    store<u32>(VECTOR, <u32>at);
    store<u32>(VECTOR, left, 4);
    store<u32>(VECTOR, 0, 8);
    const failed = fd_write(isError ? STDERR : STDOUT, VECTOR, 1, VECTOR + 8) !== 0;
    const written = load<u32>(VECTOR, 8);
    // A reader that went away, or a full disk: nobody is left to tell.
    if (failed || written === 0 || written > left) proc_exit(isError ? load<u32>(USED, CODE) : X.EXIT_IO);
    at += written;
    left -= written;
  }
}

/** Sends what was put since as one line on stderr and ends the command. */
export function endWith(code: i32): void {
  putByte(10);
  store<u32>(USED, code, CODE);
  flush();
  proc_exit(code);
}

/** Starts an error line; results so far go out first. */
export function beginError(): void {
  flush();
  store<u32>(USED, 1, IS_ERROR);
  putString(ascii('snn: '));
}
