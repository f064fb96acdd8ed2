/** append and closeRow: the lists of a row, one per count, become one list with an index of positions. */
import { expect, test } from 'vitest';
import * as F from '../../assembly/shared/format.ts';
import * as S from '../../assembly/shared/state.ts';
import { Random } from '../models/random.ts';
import { Kernels, times } from './kernels.ts';

const kernels = new Kernels('lanes');

/** `spikes` are [x][channel]; one list per count, those of −1, −2, … after the positive ones. */
function twin(spikes: number[][], counts: number[]): { events: number[]; starts: number[] } {
  const channels = (spikes[0] as number[]).length;
  const events: number[] = [];
  const starts: number[] = [];
  for (const count of counts) {
    spikes.forEach((row, x) => {
      starts.push(events.length);
      for (const [c, n] of row.entries()) if (n === count) events.push(x * channels + c);
    });
    starts.push(events.length);
  }
  return { events, starts };
}

function layerRecord(channels: number, width: number, burst: number, signed: number): number {
  const record = new DataView(new ArrayBuffer(F.LAYER_BYTES));
  record.setUint16(F.LAYER_CHANNELS, channels, true);
  record.setUint16(F.LAYER_WIDTH, width, true);
  record.setUint8(F.LAYER_BURST, burst);
  record.setUint8(F.LAYER_SIGNED, signed);
  return kernels.put(new Uint8Array(record.buffer));
}

test.each(
  [1, 2, 7, 64].flatMap((burst) => [0, 1].map((signed) => ({ burst, signed }))),
)('burst $burst, signed $signed', ({ burst, signed }) => {
  const r = new Random(burst * 2 + signed);
  const counts = [...times(burst, (i) => i + 1), ...(signed ? times(burst, (i) => -i - 1) : [])];
  for (const [channels, width] of [
    [1, 1],
    [1, 40],
    [5, 7],
    [40, 1],
    [16, 9],
  ] as const)
    for (const density of [0, 1, 3, 100]) {
      kernels.clear();
      const spikes = times(width, () => times(channels, () => (r.int(0, 3) < density ? r.pick(counts) : 0)));
      const layer = layerRecord(channels, width, burst, signed);
      const state = kernels.put(new Uint8Array(S.STATE_BYTES));
      const tally = width === 1 && !signed ? kernels.put(new Int32Array(2 * channels)) : 0;
      new Uint32Array(kernels.memory, state + S.STATE_TALLY, 1)[0] = tally;
      // The row before it has as many neurons.
      const before = tally === 0 ? 0 : width * channels;
      const fired = kernels.room((before + width * channels) * 2);
      new Uint32Array(kernels.memory, state + S.STATE_FIRED, 1)[0] = fired;
      const first = fired + before * 2;
      const room = width * channels * 2 + 16;
      const spill = kernels.room((counts.length - 1) * room);
      const tails = kernels.put(
        Uint32Array.from(counts, (_, l) => (l === 0 ? first : spill + (l - 1) * room)),
      );
      const starts = kernels.room(counts.length * (width + 1) * 2);
      // As a row fires: how many events of each count there are so far, then the events.
      spikes.forEach((row, x) => {
        const now = kernels.u32(tails, counts.length);
        const begins = counts.map((_, l) => (l === 0 ? first : spill + (l - 1) * room));
        for (const [l, tail] of now.entries())
          new Uint16Array(kernels.memory, starts + (l * (width + 1) + x) * 2, 1)[0] =
            (tail - (begins[l] as number)) >> 1;
        for (const [c, n] of row.entries())
          if (n !== 0) kernels.call.append?.(tails, counts.indexOf(n), x * channels + c);
      });
      kernels.call.closeRow?.(layer, state, starts, first, spill, tails);
      const want = twin(spikes, counts);
      expect(kernels.u16(first, want.events.length)).toEqual(want.events);
      expect(kernels.u16(starts, want.starts.length)).toEqual(want.starts);
      const [events, , sum] = kernels.i32(state + S.STATE_EVENTS, 4);
      expect([events, sum]).toEqual([
        want.events.length,
        spikes.flat().reduce((all, n) => all + Math.abs(n), 0),
      ]);
      if (tally !== 0) expect(kernels.i32(tally + channels * 4, channels)).toEqual(spikes[0]);
      expect(kernels.isUntouched(starts + want.starts.length * 2, 32)).toBe(true);
    }
});
