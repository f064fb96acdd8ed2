/** The inner loop of assembly/kernels/add-rows.ts alone: how many synaptic operations a millisecond can hold. */
import { addRows } from '../../assembly/kernels/add-rows';
import { MAX_ROWS, SCRATCH_BOUNDS, SCRATCH_DRIVES, SCRATCH_LIST } from '../../assembly/model/arena';

const CHANNELS: i32 = 256;
const BURST: i32 = 1;

/** `repeats` lists of 256 rows of 256 channels, drawn from `bytes` of them; returns the SOPs. */
export function sums(bytes: i32, repeats: i32): f64 {
  const scratch = (__heap_base + 63) & ~63;
  const list = scratch + SCRATCH_LIST;
  const drives = scratch + SCRATCH_DRIVES;
  const rows = drives + 4 * CHANNELS;
  const missing = (<i32>(rows + bytes) >> 16) + 1 - memory.size();
  if (missing > 0) memory.grow(missing);
  store<u32>(scratch + 4 * BURST, <u32>(list + 4 * MAX_ROWS), SCRATCH_BOUNDS);
  for (let i = 0; i < repeats; i++) {
    for (let k = 0; k < MAX_ROWS; k++) {
      const row = (k * 7 + i * 131) % (bytes / CHANNELS);
      store<u32>(list + (k << 2), <u32>(rows + row * CHANNELS));
    }
    addRows(scratch, BURST, drives, CHANNELS, false, false);
  }
  return <f64>repeats * MAX_ROWS * CHANNELS;
}
