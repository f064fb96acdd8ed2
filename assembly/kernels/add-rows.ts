/**
 * Sums of rows: what a target's drives gain from the rows of all events in its window. Two weights share a 16-bit lane:
 * with p = lo + 256·hi, f = Σ p and o = Σ (p >> 8) give Σ hi = o and Σ lo = f − 256·o, so a vector of weights costs one
 * load, one shift and two additions. Rows are interleaved for it (shared/format.ts).
 *
 * Rows come by descending spike count, bounds[n] being the end of those with n or more. The running sum is added to the
 * drives once per count, which makes Σ count·row without a product. At most MAX_ROWS rows keep every lane below 2^16.
 */

import { SCRATCH_BOUNDS, SCRATCH_LIST } from '../model/arena';
import { addWords } from './add-rows-lanes';
import { addBlock, addFourBlocks } from './add-rows-simd';

/** Channels that are summed at once; the registers of a 64-bit host hold the sums of four such blocks. */
const BLOCK: i32 = 16;

/** drives[c] ± Σ count·row[c] for all channels, rounded up to 16; drives are i16 or, if `is32`, i32. */
export function addRows(
  scratch: usize,
  burst: i32,
  drives: usize,
  channels: i32,
  is32: bool,
  minus: bool,
): void {
  const list = scratch + SCRATCH_LIST;
  for (let c: i32 = 0; c < channels; ) {
    const to = drives + (c << (is32 ? 2 : 1));
    if (!ASC_FEATURE_SIMD) {
      addWords(scratch, burst, c, to, is32, minus);
      c += BLOCK;
      continue;
    }
    const isFour = !is32 && !minus && c + 4 * BLOCK <= channels;
    let from = list;
    for (let count = burst; count > 0; count--) {
      const end: usize = load<u32>(scratch + (count << 2), SCRATCH_BOUNDS);
      if (end === list) continue;
      // Each row so far left 128 in every sum, because weights stand in the file as w + 128: four bytes of list a row.
      const offset = (end - list) << 5;
      if (isFour) addFourBlocks(scratch, from, end, c, to, offset, <u64>(count === 1));
      else addBlock(scratch, from, end, c, to, offset, <u64>is32, <u64>minus);
      from = end;
    }
    c += isFour ? 4 * BLOCK : BLOCK;
  }
}
