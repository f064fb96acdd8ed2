/** The host's memory: everything from the end of the engine's static data on. */

/**
 * Sees to it that the host has `bytes` bytes, and returns where they begin, a multiple of 16; 0 if there are not so many.
 * Growing may move the memory: pointers into it are to be fetched again.
 */
export function reserve(bytes: u32): usize {
  // wasm3 0.4.7 refuses memory.size in the middle of an expression, so it comes first and stays in a local.
  const pages = memory.size();
  const wanted = <i32>((<u64>__heap_base + bytes + 0xffff) >> 16);
  return wanted <= pages || memory.grow(wanted - pages) >= 0 ? __heap_base : 0;
}
