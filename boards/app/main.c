/*
 * The firmware: the golden image first, then every embedded image, a line each. What a line is made of: README.md beside
 * this. It ends; a firmware that listens would go on here.
 */
#include <stdio.h>

#include "crc32.h"
#include "golden.h"
#include "embedded.h"
#include "machine.h"
#include "snn.h"
#include "stack.h"

#define U(x) ((unsigned long)(x))

extern const uint8_t __flash[], __data_source_end[];

/* All that was flashed: a write there would show. */
static uint32_t crc_of_flash(void) {
  const volatile uint8_t *p = __flash;
  uint32_t crc = ~0u;
  for (uint32_t left = (uint32_t)(__data_source_end - __flash); left != 0; left--) crc = snn_crc_add(crc, *p++);
  return ~crc;
}

static void self_check(void) {
  struct snn_difference first;
  const int error = snn_self_check(golden_bytes, (uint32_t)(golden_end - golden_bytes), &first);
  if (error == SNN_ERROR_DIFFERS) printf("differs step %lu layer %lu\n", U(first.step), U(first.layer));
  check(error);
  printf("checked\n");
}

static void classify(const uint8_t *image, const struct snn_network *net) {
  struct snn_answer answer;
  int done = 0;
  const uint32_t from = machine_ticks();
  check(snn_begin(image, net->image_bytes));
  const uint32_t begun = machine_ticks();
  while (!done) check(snn_step(1, &done));
  const uint32_t ended = machine_ticks();
  check(snn_answer(&answer));
  printf("image %lu %lu %lu %lu %lu %ld %lu", U(begun - from), U(ended - begun), U(answer.label), U(answer.exit),
         U(answer.step), (long)answer.margin, U(answer.posterior));
  for (uint32_t layer = 0; layer < net->layers; layer++) {
    uint32_t state;
    check(snn_layer(layer, &state));
    printf(" %lu", U(snn_u32(state + SNN_STATE_SPIKES)));
  }
  printf("\n");
}

int main(void) {
  struct snn_network net;
  machine_start();
  stack_paint();
  const uint32_t flashed = crc_of_flash();
  const uint32_t from = machine_ticks();
  check(firmware_start(ROOM_BYTES));
  const uint32_t started = machine_ticks();
  check(firmware_open());
  printf("ready %lu %lu\n", U(started - from), U(machine_ticks() - started));
  check(snn_network(&net));
  self_check();
  for (uint32_t i = 0; i < IMAGES; i++) classify(image_bytes + i * net.image_bytes, &net);
  printf("memory %lu %lu %lu\n", U(net.memory_bytes), U(heap_most()), U(stack_most()));
  printf("flash %s\n", crc_of_flash() == flashed ? "unchanged" : "written");
  printf("done\n");
  return 0;
}
