/** The inner loop of assembly/kernels/add-rows.ts alone: how many synaptic operations a millisecond can hold. */
import { addRows } from '../../assembly/kernels/add-rows';

const ROWS: i32 = 256;
const CHANNELS: i32 = 256;
const BURST: i32 = 1;

/** `repeats` lists of 256 rows of 256 channels, drawn from `bytes` of them; returns the SOPs. */
export function sums(bytes: i32, repeats: i32): f64 {
  const bounds = (__heap_base + 63) & ~63;
  const list = bounds + 64;
  const drives = list + 4 * ROWS;
  const rows = drives + 4 * CHANNELS;
  const missing = (<i32>(rows + bytes) >> 16) + 1 - memory.size();
  if (missing > 0) memory.grow(missing);
  store<u32>(bounds + 4, <u32>(list + 4 * ROWS));
  for (let i = 0; i < repeats; i++) {
    for (let k = 0; k < ROWS; k++) {
      const row = (k * 7 + i * 131) % (bytes / CHANNELS);
      store<u32>(list + (k << 2), <u32>(rows + row * CHANNELS));
    }
    addRows(list, bounds, BURST, drives, CHANNELS, false, false);
  }
  return <f64>repeats * ROWS * CHANNELS;
}
