/** Which rows a position sees. */

/**
 * Appends the address of the row of each of `count` events; returns the list's end. A fifth parameter goes through memory:
 * as u64, because Cranelift writes four bytes of an i32 there and reads eight, which stalls.
 */
export function listRows(list: usize, events: usize, count: i32, base: usize, stride: u64): usize {
  const end = list + (count << 2);
  if (ASC_FEATURE_SIMD) {
    // Always eight addresses, even for none: a loop that almost always runs once is predicted. The surplus lands in
    // spare bytes.
    const step = i32x4.splat(<i32>stride);
    const first = i32x4.splat(<i32>base);
    do {
      v128.store(list, i32x4.add(i32x4.mul(v128.load_ext<u16>(events), step), first));
      v128.store(list, i32x4.add(i32x4.mul(v128.load_ext<u16>(events, 8), step), first), 16);
      list += 32;
      events += 16;
    } while (list < end);
  } else {
    for (; list < end; list += 4, events += 2)
      store<u32>(list, <u32>(base + <i32>load<u16>(events) * <i32>stride));
  }
  return end;
}
