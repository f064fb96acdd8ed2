/** The twin of both variants of addRows: Σ count·weight, one weight after the other. */
import { expect, test } from 'vitest';
import { Random } from '../models/random.ts';
import { type Kernels, times, wrap } from './kernels.ts';

/** Place of a channel in a row whose blocks of 16 are interleaved: 0 8 1 9 … 7 15. */
function place(c: number): number {
  return c - (c % 16) + (c % 8) * 2 + ((c >> 3) % 2);
}

function twin(
  drives: number[],
  rows: Uint8Array[],
  counts: number[],
  is32: boolean,
  minus: boolean,
): number[] {
  return drives.map((drive, c) => {
    let sum = drive;
    rows.forEach((row, i) => {
      const weight = (row[place(c)] as number) - 128;
      sum += (minus ? -1 : 1) * (counts[i] as number) * weight;
    });
    return wrap(sum, is32);
  });
}

function check(
  kernels: Kernels,
  r: Random,
  channels: number,
  burst: number,
  is32: boolean,
  minus: boolean,
): void {
  kernels.clear();
  const padded = (channels + 15) & ~15;
  const rows = times(r.pick([1, 2, 9, 100, 256]), () => {
    const extreme = r.pick([0, 255, undefined, undefined]);
    return Uint8Array.from({ length: padded }, () => extreme ?? r.int(0, 255));
  });
  // Largest counts first.
  const counts = rows.map(() => r.pick([1, burst, r.int(1, burst)])).sort((a, b) => b - a);
  const most = is32 ? 0x7fffffff : 0x7fff;
  const drives = times(channels, () => r.pick([0, most, -most - 1, r.int(-1000, 1000)]));
  const scratch = kernels.room(kernels.constant('SCRATCH_DRIVES'));
  const list = scratch + kernels.constant('SCRATCH_LIST');
  const bounds = scratch + kernels.constant('SCRATCH_BOUNDS');
  const places = rows.map((row) => kernels.put(row));
  new Uint32Array(kernels.memory, list, places.length).set(places);
  for (let n = 1; n <= burst; n++)
    new Uint32Array(kernels.memory, bounds + n * 4, 1)[0] = list + 4 * counts.filter((c) => c >= n).length;
  const at = kernels.putValues([...drives, ...times(padded - channels, () => 0)], is32);
  kernels.call.addRows?.(scratch, burst, at, channels, is32, minus);
  expect(kernels.values(at, channels, is32)).toEqual(twin(drives, rows, counts, is32, minus));
  expect(kernels.isUntouched(at + padded * (is32 ? 4 : 2), 64)).toBe(true);
}

export function testAddRows(kernels: Kernels): void {
  const cases = [1, 2, 64].flatMap((burst) =>
    [false, true].flatMap((is32) => [false, true].map((minus) => ({ burst, is32, minus }))),
  );
  test.each(cases)('burst $burst, 32 bits $is32, minus $minus', ({ burst, is32, minus }) => {
    const r = new Random(burst * 4 + (is32 ? 2 : 0) + (minus ? 1 : 0));
    for (const channels of [1, 7, 8, 15, 16, 17, 48, 63, 64, 65, 80, 130])
      for (let n = 0; n < 3; n++) check(kernels, r, channels, burst, is32, minus);
  });
}
