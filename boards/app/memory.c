/* What memory a runtime takes: linear, of it used, heap, stack, and the least room in which all images run; for ram.json. */
#include <stdio.h>

#include "embedded.h"
#include "machine.h"
#include "snn.h"
#include "stack.h"

/* All images to their last step, without a word. */
static int silent(uint32_t room_bytes) {
  struct snn_network net;
  int error = firmware_start(room_bytes), done = 0;
  if (error == SNN_OK) error = firmware_open();
  if (error == SNN_OK) error = snn_network(&net);
  for (uint32_t i = 0; error == SNN_OK && i < IMAGES; i++) {
    error = snn_begin(image_bytes + i * net.image_bytes, net.image_bytes);
    for (done = 0; error == SNN_OK && !done;) error = snn_step(0, &done);
  }
  return error;
}

int main(void) {
  struct snn_network net;
  machine_start();
  stack_paint();
  check(silent(ROOM_BYTES));
  check(snn_network(&net));
  const uint32_t heap = heap_most(), stack = stack_most();
  snn_stop();
  uint32_t enough = ROOM_BYTES, less = 0;
  while (enough - less > 16) {
    const uint32_t middle = (less + (enough - less) / 2) & ~15u;
    if (silent(middle) == SNN_OK) enough = middle;
    else less = middle;
    snn_stop();
  }
  printf("memory %lu %lu %lu %lu %lu %lu\n", (unsigned long)net.memory_bytes,
         (unsigned long)(net.image + net.image_bytes), (unsigned long)heap, (unsigned long)ROOM_BYTES,
         (unsigned long)enough, (unsigned long)stack);
  printf("done\n");
  return 0;
}
