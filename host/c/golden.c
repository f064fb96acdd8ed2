/* See golden.h. */
#include "golden.h"

#include "crc32.h"

#define HEAD_BYTES 8u

/* `count` half-words at `address` in linear memory. */
static uint32_t crc_of(uint32_t crc, uint32_t address, uint32_t count) {
  crc = ~crc;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t two = snn_u16(address + 2 * i);
    crc = snn_crc_add(snn_crc_add(crc, two & 255), two >> 8);
  }
  return ~crc;
}

/* Row by row, the starts and the events: SNN_STATE_STARTS and SNN_STATE_FIRED. */
int snn_layer_events(uint32_t layer, uint32_t *events, uint32_t *crc) {
  struct snn_network net;
  uint32_t state;
  int error = snn_network(&net);
  if (error == SNN_OK) error = snn_layer(layer, &state);
  if (error != SNN_OK) return error;
  const uint32_t layers = net.model + snn_u32(net.model + SNN_HEADER_OFFSETS + 4 * SNN_SECTION_LAYERS);
  const uint32_t record = layers + layer * SNN_LAYER_BYTES;
  const uint32_t width = snn_u16(record + SNN_LAYER_WIDTH);
  const uint32_t row = width * snn_u16(record + SNN_LAYER_CHANNELS);
  const uint32_t burst = snn_u16(record + SNN_LAYER_BURST) & 255;
  const uint32_t lists = burst << (snn_u16(record + SNN_LAYER_SIGNED) & 255);
  uint32_t starts = snn_u32(state + SNN_STATE_STARTS), fired = snn_u32(state + SNN_STATE_FIRED);
  *events = 0, *crc = 0;
  for (uint32_t y = 0; starts != 0 && y < snn_u16(record + SNN_LAYER_HEIGHT); y++) {
    const uint32_t words = lists * (width + 1);
    const uint32_t count = snn_u16(starts + 2 * words - 2);
    *crc = crc_of(*crc, starts, words);
    *crc = crc_of(*crc, fired, count);
    *events += count;
    starts += 2 * words;
    fired += 2 * row;
  }
  return SNN_OK;
}

static uint32_t word(const uint8_t *p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int snn_self_check(const void *golden, uint32_t golden_bytes, struct snn_difference *first) {
  struct snn_network net;
  const uint8_t *at = golden;
  int done = 0;
  int error = snn_network(&net);
  if (error != SNN_OK) return error;
  if (golden_bytes < HEAD_BYTES || word(at + 4) != net.layers) return SNN_ERROR_ARGUMENT;
  const uint32_t steps = word(at), left = golden_bytes - HEAD_BYTES;
  if (left < net.image_bytes || (left - net.image_bytes) / 8 / net.layers != steps) return SNN_ERROR_ARGUMENT;
  error = snn_begin(at + golden_bytes - net.image_bytes, net.image_bytes);
  at += HEAD_BYTES;
  for (first->step = 1; error == SNN_OK && first->step <= steps; first->step++) {
    error = snn_step(0, &done);
    for (first->layer = 0; error == SNN_OK && first->layer < net.layers; first->layer++, at += 8) {
      uint32_t events, crc;
      error = snn_layer_events(first->layer, &events, &crc);
      if (error == SNN_OK && (events != word(at) || crc != word(at + 4))) return SNN_ERROR_DIFFERS;
    }
  }
  return error;
}
