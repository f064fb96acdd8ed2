/** The command's own memory: static cells, then a stack of blocks that only grows. */

/** { pointer, bytes } of a model inside the module; snn bundle writes it, zero means none. */
export const BUNDLE: usize = memory.data(8, 8);

/** u32: first free byte. */
const TOP: usize = memory.data(4, 4);

/** Free memory starts behind the static data and behind a bundled model. */
export function initMemory(): void {
  store<u32>(TOP, <u32>max(__heap_base, <usize>load<u32>(BUNDLE) + load<u32>(BUNDLE, 4)));
}

/** A block of `bytes` at a multiple of 16, or 0 if the host has no more memory. */
export function allocate(bytes: usize): usize {
  const at = (<usize>load<u32>(TOP) + 15) & ~15;
  return extend(at, bytes) ? at : 0;
}

/** Makes `bytes` more bytes usable from `at` on, the end of the latest block. */
export function extend(at: usize, bytes: usize): bool {
  const end = <u64>at + bytes;
  const have = (<u64>memory.size()) << 16;
  // Below the last page, so that no sum of an address and a page wraps.
  if (end > 0xffff0000) return false;
  if (end > have && memory.grow(<i32>((end - have + 0xffff) >> 16)) < 0) return false;
  store<u32>(TOP, <u32>end);
  return true;
}
