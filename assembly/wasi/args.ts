/** The command line, as zero-terminated strings. */
import * as X from '../shared/status';
import { allocate } from './memory';
import { args_get, args_sizes_get, proc_exit } from './wasi_snapshot_preview1';

/** u32 count, then the table of pointers. */
const COUNT: usize = memory.data(12, 4);

export function readArgs(): i32 {
  if (args_sizes_get(COUNT, COUNT + 4) !== 0) proc_exit(X.EXIT_IO);
  const table = allocate((load<u32>(COUNT) << 2) + 4);
  const text = allocate(load<u32>(COUNT, 4) + 1);
  if (table === 0 || text === 0) proc_exit(X.EXIT_IO);
  store<u32>(COUNT, <u32>table, 8);
  if (args_get(table, text) !== 0) proc_exit(X.EXIT_IO);
  return load<u32>(COUNT);
}

export function arg(i: i32): usize {
  return load<u32>(<usize>load<u32>(COUNT, 8) + (i << 2));
}

/** Moves an argument forward, over one that is done with. */
export function moveArg(from: i32, to: i32): void {
  store<u32>(<usize>load<u32>(COUNT, 8) + (to << 2), <u32>arg(from));
}

export function equals(a: usize, b: usize): bool {
  while (load<u8>(a) === load<u8>(b) && load<u8>(a) !== 0) {
    a++;
    b++;
  }
  return load<u8>(a) === load<u8>(b);
}

/** A decimal number of at most nine digits, or −1. */
export function parseNumber(pointer: usize): i32 {
  let value = 0;
  let digits = 0;
  for (; load<u8>(pointer) !== 0; pointer++, digits++) {
    const digit = <i32>load<u8>(pointer) - 48;
    if (digit < 0 || digit > 9 || digits === 9) return -1;
    value = value * 10 + digit;
  }
  return digits === 0 ? -1 : value;
}
