/* bench/wasm/dense-scalar.ts in C, step by step: what the twin costs without Wasm. */
#include <string.h>

#include "dense.h"

#define LANES 0x00ff00ffu
#define BIAS 128
#define FLUSH 32 /* words: products of 255 and a count of at most 4 that a lane holds, of two positions */

static uint8_t memory[MEMORY_BYTES] __attribute__((aligned(16)));

static void pixels(const struct layer *l, const uint8_t *image, int position, uint8_t *row) {
  const int top = position / l->width * l->stride - l->padding, left = position % l->width * l->stride - l->padding;
  for (int y = top; y < top + l->kernel; y++)
    for (int x = left; x < left + l->kernel; x++) {
      const int inside = (unsigned)y < (unsigned)l->in_height && (unsigned)x < (unsigned)l->in_width;
      const uint8_t *from = inside ? image + (y * l->in_width + x) * l->inputs : memory + l->pixels;
      for (int k = 0; k < l->inputs; k++, row += 2) *row = from[k];
    }
}

static int gather(const struct layer *l, const uint8_t *map, int position, uint32_t *row) {
  const int top = position / l->width * l->stride - l->padding, left = position % l->width * l->stride - l->padding;
  const int words = l->inputs / 4;
  uint32_t sum = 0;
  for (int y = top; y < top + l->kernel; y++)
    for (int x = left; x < left + l->kernel; x++) {
      const uint32_t *from = (const uint32_t *)(map + (y * l->in_width + x) * l->inputs);
      uint32_t lanes = 0;
      if ((unsigned)y < (unsigned)l->in_height && (unsigned)x < (unsigned)l->in_width)
        for (int k = 0; k < words; k++, row += 2) {
          *row = from[k];
          lanes += (from[k] & LANES) + (from[k] >> 8 & LANES);
        }
      else
        for (int k = 0; k < words; k++, row += 2) *row = 0;
      sum += (lanes & 0xffff) + (lanes >> 16);
    }
  return (int)sum;
}

static void put(const struct layer *l, uint8_t *to, int position, int channel, int32_t sum) {
  const int32_t *own = (const int32_t *)(memory + l->parameters) + 4 * channel;
  int32_t value = ((sum + own[0]) >> l->shift) + own[1];
  if (value > own[2]) value = own[2];
  if (value < 0) value = 0;
  to[position * l->channels + channel] = (uint32_t)value * (uint32_t)own[3] >> 24;
}

static void first(const struct layer *l, const uint8_t *row, uint8_t *to, int p, int next) {
  const uint8_t *const end = row + 2 * l->kernel * l->kernel * l->inputs;
  const int32_t *rows = (const int32_t *)(memory + l->weights);
  for (int c = 0; c < l->channels; c += 4) {
    int32_t a = 0, b = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0;
    for (const uint8_t *at = row; at < end; at += 2) {
      const int32_t word = *rows++, one = at[0], two = at[1];
      a += (int8_t)word * one, b += (int8_t)word * two;
      d += (int8_t)(word >> 8) * one, e += (int8_t)(word >> 8) * two;
      f += (int8_t)(word >> 16) * one, g += (int8_t)(word >> 16) * two;
      h += (word >> 24) * one, i += (word >> 24) * two;
    }
    put(l, to, p, c, a), put(l, to, next, c, b), put(l, to, p, c + 1, d), put(l, to, next, c + 1, e);
    put(l, to, p, c + 2, f), put(l, to, next, c + 2, g), put(l, to, p, c + 3, h), put(l, to, next, c + 3, i);
  }
}

/* `flush`: words until the upper halves are taken; 0 takes them of every product. */
static inline __attribute__((always_inline)) void pairs(const struct layer *l, const uint32_t *row, uint8_t *to, int p,
                                                        int next, int one, int two, int flush) {
  const uint32_t *const end = row + l->kernel * l->kernel * l->inputs / 2;
  const uint32_t *rows = (const uint32_t *)(memory + l->weights);
  const int shift = flush ? 0 : 16;
  for (int c = 0; c < l->channels; c += 2) {
    uint32_t a = 0, b = 0, d = 0, e = 0;
    for (const uint32_t *at = row; at < end;) {
      const uint32_t *const stop = flush && end - at > flush ? at + flush : end;
      uint32_t s = 0, t = 0, x = 0, y = 0;
      do {
        const uint32_t w = rows[0], v = rows[1], q = at[0], r = at[1];
        s += (w & LANES) * (q & LANES) >> shift, t += (w & LANES) * (r & LANES) >> shift;
        x += (v & LANES) * (q & LANES) >> shift, y += (v & LANES) * (r & LANES) >> shift;
        s += (w >> 8 & LANES) * (q >> 8 & LANES) >> shift, t += (w >> 8 & LANES) * (r >> 8 & LANES) >> shift;
        x += (v >> 8 & LANES) * (q >> 8 & LANES) >> shift, y += (v >> 8 & LANES) * (r >> 8 & LANES) >> shift;
        rows += 2, at += 2;
      } while (at < stop);
      a += s >> (16 - shift), b += t >> (16 - shift), d += x >> (16 - shift), e += y >> (16 - shift);
    }
    put(l, to, p, c, (int32_t)a - BIAS * one), put(l, to, next, c, (int32_t)b - BIAS * two);
    put(l, to, p, c + 1, (int32_t)d - BIAS * one), put(l, to, next, c + 1, (int32_t)e - BIAS * two);
  }
}

static const int32_t *classify(const struct layer *l, const uint8_t *map) {
  const struct head *head = (const struct head *)memory;
  int32_t *const sums = (int32_t *)(memory + head->sums), *const logits = (int32_t *)(memory + head->logits);
  const int8_t *const rows = (const int8_t *)(memory + l->weights);
  for (int k = 0; k < l->inputs; k++) {
    sums[k] = 0;
    for (int p = 0; p < l->positions; p++) sums[k] += map[p * l->inputs + k];
  }
  for (int c = 0; c < l->channels; c++) {
    logits[c] = ((const int32_t *)(memory + l->parameters))[c];
    for (int k = 0; k < l->inputs; k++) logits[c] += sums[k] * rows[k * l->channels + c];
  }
  return logits;
}

void dense_start(const uint8_t *twin, uint32_t bytes) {
  memcpy(memory, twin, bytes);
}

const int32_t *dense(const uint8_t *image) {
  const struct head *head = (const struct head *)memory;
  const struct layer *l = (const struct layer *)(head + 1);
  uint8_t *const row = memory + head->row;
  const uint8_t *map = image;
  for (int i = 0; i < head->layers; i++, l++) {
    uint8_t *const to = memory + head->maps[i & 1];
    for (int p = 0; p < l->positions; p += 2) {
      const int next = p + 1 < l->positions ? p + 1 : p;
      if (i == 0) {
        pixels(l, map, p, row), pixels(l, map, next, row + 1);
        first(l, row, to, p, next);
        continue;
      }
      const int one = gather(l, map, p, (uint32_t *)row), two = gather(l, map, next, (uint32_t *)row + 1);
      if (l->counts) pairs(l, (const uint32_t *)row, to, p, next, one, two, FLUSH);
      else pairs(l, (const uint32_t *)row, to, p, next, one, two, 0);
    }
    map = to;
  }
  return classify(l, map);
}
