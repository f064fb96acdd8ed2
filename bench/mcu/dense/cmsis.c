/* The twin by CMSIS-NN's convolutions; the last layer, a thousandth of the work, as in kernel.c. */
#include <stdlib.h>
#include <string.h>

#include "arm_nnfunctions.h"
#include "dense.h"
#include "machine.h"

#define MOST 127

static uint8_t memory[MEMORY_BYTES] __attribute__((aligned(16)));
static int8_t pixels[IMAGE_BYTES];
static uint8_t scratch[32 * 1024] __attribute__((aligned(16)));

void dense_start(const uint8_t *twin, uint32_t bytes) {
  memcpy(memory, twin, bytes);
}

static void convolve(const struct layer *l, int first, const int8_t *map, int8_t *to) {
  int32_t *own = (int32_t *)(memory + l->parameters);
  const int height = l->positions / l->width;
  const cmsis_nn_conv_params how = {
      .input_offset = first ? 128 : 0,
      .stride = {l->stride, l->stride},
      .padding = {l->padding, l->padding},
      .dilation = {1, 1},
      .activation = {0, MOST},
  };
  const cmsis_nn_per_channel_quant_params scales = {own + l->channels, own + 2 * l->channels};
  const cmsis_nn_dims in = {1, l->in_height, l->in_width, l->inputs}, out = {1, height, l->width, l->channels};
  const cmsis_nn_dims filter = {l->channels, l->kernel, l->kernel, l->inputs}, bias = {.c = l->channels};
  const cmsis_nn_context room = {scratch, sizeof scratch};
  if (arm_convolve_wrapper_s8_get_buffer_size(&how, &in, &filter, &out) > (int32_t)sizeof scratch ||
      arm_convolve_wrapper_s8(&room, &how, &scales, &in, map, &filter, (const int8_t *)(memory + l->weights), &bias, own,
                              &out, to) != ARM_CMSIS_NN_SUCCESS)
    machine_failed("CMSIS-NN refused a layer");
}

const int32_t *dense(const uint8_t *image) {
  const struct head *head = (const struct head *)memory;
  const struct layer *l = (const struct layer *)(head + 1);
  const int8_t *map = pixels;
  for (int i = 0; i < IMAGE_BYTES; i++) pixels[i] = (int8_t)(image[i] - 128);
  for (int i = 0; i < head->layers; i++, l++) {
    int8_t *const to = (int8_t *)memory + head->maps[i & 1];
    convolve(l, i == 0, map, to);
    map = to;
  }
  int32_t *const sums = (int32_t *)(memory + head->sums), *const logits = (int32_t *)(memory + head->logits);
  const int8_t *const rows = (const int8_t *)(memory + l->weights);
  memset(sums, 0, 4 * (size_t)l->inputs);
  for (int p = 0; p < l->positions; p++)
    for (int k = 0; k < l->inputs; k++) sums[k] += *map++;
  for (int c = 0; c < l->channels; c++) {
    logits[c] = ((const int32_t *)(memory + l->parameters))[c];
    for (int k = 0; k < l->inputs; k++) logits[c] += sums[k] * rows[k * l->channels + c];
  }
  return logits;
}
