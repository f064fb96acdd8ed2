/* CRC-32 as in PNG and zip, a byte at a time: begin with ~0, end with ~crc. */
#ifndef SNN_CRC32_H
#define SNN_CRC32_H
#include <stdint.h>

static inline uint32_t snn_crc_add(uint32_t crc, uint8_t byte) {
  crc ^= byte;
  for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xedb88320u & -(crc & 1));
  return crc;
}
#endif
