/* See network.h. */
#include "network.h"

#include "golden.h"

static const uint8_t model[] SNN_ALIGNED = {
#include "model.inc"
};
static const uint8_t golden[] = {
#include "golden.inc"
};
static uint8_t memory[SNN_MEMORY_BYTES] SNN_ALIGNED;

const uint8_t *const snn_example_image = golden + sizeof golden - SNN_IMAGE_BYTES;

int snn_load(void) {
  struct snn_difference first;
  int error = snn_start(NULL, 0, memory, sizeof memory);
  if (error == SNN_OK) error = snn_open_in_place(model, sizeof model);
  if (error == SNN_OK) error = snn_self_check(golden, sizeof golden, &first);
  return error;
}
