/** The twin of the three firings: integrate, fire at most `burst` times by compare and subtract, stay above the floor. */
import { expect } from 'vitest';
import * as F from '../../assembly/shared/format.ts';
import type { Random } from '../models/random.ts';
import { type Kernels, times, wrap } from './kernels.ts';

export interface Neurons {
  is32: boolean;
  burst: number;
  floor: number;
  theta: number[];
  /** Empty where there are no negative spikes. */
  negative: number[];
  v: number[];
  drive: number[];
}

/** Spikes per neuron; the membranes change in place. */
function twin({ is32, burst, floor, theta, negative, v, drive }: Neurons): number[] {
  return v.map((before, c) => {
    let u = wrap(before + (drive[c] as number), is32);
    let count = 0;
    for (; count < burst && u >= (theta[c] as number); count++) u -= theta[c] as number;
    for (; negative.length > 0 && count > -burst && u <= -(negative[c] as number); count--)
      u += negative[c] as number;
    v[c] = Math.max(u, floor);
    return count;
  });
}

/** Thresholds, membranes and drives at random and at their extremes. */
export function neurons(
  r: Random,
  channels: number,
  burst: number,
  is32: boolean,
  isSigned: boolean,
): Neurons {
  const most = is32 ? 0x7fffffff : 0x7fff;
  const any = (): number => r.pick([0, 1, -1, most, -most - 1, r.int(-2000, 2000), r.int(-most, most)]);
  const threshold = (): number => r.pick([1, 2, 300, most, r.int(1, most)]);
  return {
    is32,
    burst,
    floor: r.pick([0, -1, -50, is32 ? -most - 1 : -32768]),
    theta: times(channels, threshold),
    negative: isSigned ? times(channels, threshold) : [],
    v: times(channels, any),
    drive: times(channels, any),
  };
}

type Fire = (operands: {
  layer: number;
  theta: number;
  v: number;
  drive: number;
  tails: number;
  table: number;
  slot: number;
}) => number;

/** What a firing did with the first `fired` of the neurons, which it returns. */
export function check(kernels: Kernels, r: Random, given: Neurons, fire: Fire): number {
  kernels.clear();
  const { is32, burst, theta, negative, v, drive } = given;
  const channels = theta.length;
  const record = new DataView(new ArrayBuffer(F.LAYER_BYTES));
  record.setUint16(F.LAYER_CHANNELS, channels, true);
  record.setUint8(F.LAYER_BURST, burst);
  record.setUint8(F.LAYER_IS32, is32 ? 1 : 0);
  record.setUint8(F.LAYER_SIGNED, negative.length > 0 ? 1 : 0);
  record.setInt32(F.LAYER_FLOOR, given.floor, true);
  // Thresholds, starts and negative thresholds, each in whole blocks.
  const block = times((channels + 15) & ~15, () => 0);
  const whole = (values: number[]): number[] => block.map((_, c) => values[c] ?? 0);
  const arrays = [...whole(theta), ...block, ...whole(negative)];
  const lists = burst * (negative.length > 0 ? 2 : 1);
  const tails = Uint32Array.from({ length: lists }, () => kernels.room(channels * 2 + 16));
  const places = {
    layer: kernels.put(new Uint8Array(record.buffer)),
    theta: kernels.putValues(arrays, is32),
    v: kernels.putValues(v, is32),
    drive: kernels.putValues(drive, is32),
    tails: kernels.put(tails),
    table: kernels.put(bitTable()),
    slot: r.pick([0, 1, 1000, 65535 - channels]),
  };
  const fired = fire(places);
  const after = v.slice();
  const counts = twin({ ...given, v: after }).slice(0, fired);
  expect(kernels.values(places.v, channels, is32)).toEqual([...after.slice(0, fired), ...v.slice(fired)]);
  const ends = kernels.u32(places.tails, lists);
  for (const [l, end] of ends.entries()) {
    const count = l < burst ? l + 1 : burst - l - 1;
    const want = counts.flatMap((n, c) => (n === count ? [places.slot + c] : []));
    expect(kernels.u16(tails[l] as number, (end - (tails[l] as number)) / 2)).toEqual(want);
  }
  return fired;
}

/** Places of the set bits of every byte, eight bytes each. */
function bitTable(): Uint8Array {
  const table = new Uint8Array(2048);
  for (let mask = 0; mask < 256; mask++)
    times(8, (bit) => bit)
      .filter((bit) => mask & (1 << bit))
      .forEach((bit, n) => {
        table[mask * 8 + n] = bit;
      });
  return table;
}
