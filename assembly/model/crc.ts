/** CRC-32 (IEEE 802.3) of `bytes` bytes behind those of `crc`, bit by bit: a table would cost 1 KiB. */
export function crc32(start: usize, bytes: u32, crc: u32): u32 {
  crc = ~crc;
  for (let i: u32 = 0; i < bytes; i++) {
    crc ^= load<u8>(start + i);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc;
}
