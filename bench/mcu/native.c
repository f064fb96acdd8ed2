/*
 * The limit: the engine's gather written in C. Per output position a list of row addresses (weights u8, biased by
 * 128), 16 channels per pass in four words of four lanes; a 16-bit lane holds 256 rows, then it is flushed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define CHANNELS 64
#define ROWS 576 /* a 3×3 window of 64 channels */
#define POSITIONS 36
#define FLUSH 256
#define LANES 0x00ff00ffu

static uint8_t weights[ROWS][CHANNELS] __attribute__((aligned(16)));
static int16_t membranes[POSITIONS][CHANNELS] __attribute__((aligned(16)));
static const uint8_t *list[ROWS];

/* Adds two 16-bit lanes to two membranes, 2 apart, less the bias of `rows` rows. */
static inline __attribute__((always_inline)) void add(int16_t *v, uint32_t lanes, uint32_t bias) {
  v[0] += (int16_t)(lanes - bias);
  v[2] += (int16_t)((lanes >> 16) - bias);
}

/* One word of every row goes to `full`, its odd lanes to `odd`: f − (d << 8) leaves the even ones. */
static void gather(int16_t *v, const uint8_t *const *rows, uint32_t count) {
  for (uint32_t pass = 0; pass < CHANNELS; pass += 16, v += 16) {
    const uint8_t *const *row = rows;
    for (uint32_t left = count; left != 0;) {
      const uint32_t now = left < FLUSH ? left : FLUSH;
      const uint8_t *const *const end = row + now;
      uint32_t f0 = 0, f1 = 0, f2 = 0, f3 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0;
      do {
        const uint32_t *const p = __builtin_assume_aligned(*row++ + pass, 16);
        uint32_t x = p[0];
        f0 += x, d0 += (x >> 8) & LANES;
        x = p[1];
        f1 += x, d1 += (x >> 8) & LANES;
        x = p[2];
        f2 += x, d2 += (x >> 8) & LANES;
        x = p[3];
        f3 += x, d3 += (x >> 8) & LANES;
      } while (row != end);
      const uint32_t bias = now << 7;
      add(v, f0 - (d0 << 8), bias), add(v + 1, d0, bias);
      add(v + 4, f1 - (d1 << 8), bias), add(v + 5, d1, bias);
      add(v + 8, f2 - (d2 << 8), bias), add(v + 9, d2, bias);
      add(v + 12, f3 - (d3 << 8), bias), add(v + 13, d3, bias);
      left -= now;
    }
  }
}

static uint32_t next(void) {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

/* The same sums, one weight at a time. */
static int right(uint32_t count) {
  for (uint32_t c = 0; c < CHANNELS; c++) {
    int32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) sum += list[i][c] - 128;
    if (membranes[0][c] != (int16_t)sum) return 0;
  }
  return 1;
}

void machine_failed(const char *why) {
  printf("fail %s\n", why);
  exit(1);
}

int main(void) {
  static const uint16_t counts[] = {0, 6, 14, 29, 58, 115, 288, 576};
  machine_start();
  for (uint32_t i = 0; i < ROWS; i++)
    for (uint32_t c = 0; c < CHANNELS; c++) weights[i][c] = (uint8_t)next();
  for (uint32_t n = 0; n < sizeof counts / sizeof *counts; n++) {
    const uint32_t count = counts[n];
    for (uint32_t i = 0; i < count; i++) list[i] = weights[next() % ROWS];
    memset(membranes, 0, sizeof membranes);
    const uint32_t from = machine_ticks();
    for (uint32_t p = 0; p < POSITIONS; p++) gather(membranes[p], list, count);
    const uint32_t ticks = machine_ticks() - from;
    if (!right(count)) {
      printf("fail the sums are wrong\n");
      return 1;
    }
    printf("gather %lu %lu\n", (unsigned long)ticks, (unsigned long)(count * POSITIONS * CHANNELS));
  }
  printf("done\n");
  return 0;
}
