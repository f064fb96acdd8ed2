/* The twin's file as twin.mjs writes it, and what main.c asks of each way to compute it. */
#ifndef DENSE_H
#define DENSE_H
#include <stdint.h>

struct head {
  int32_t layers, classes, row, maps[2], sums, logits, reserved;
};

struct layer {
  int32_t channels, inputs, in_height, in_width, width, positions, kernel, stride, padding, shift;
  int32_t weights, parameters, pixels, counts, reserved[2];
};

void dense_start(const uint8_t *twin, uint32_t bytes);
/* The last layer's sums. */
const int32_t *dense(const uint8_t *image);
#endif
