/* Every step of every embedded image, a line each, none stopped: for bench/mcu. */
#include <stdio.h>

#include "embedded.h"
#include "machine.h"
#include "snn.h"

static uint32_t counter(const struct snn_network *net, uint32_t field) {
  uint32_t sum = 0, state;
  for (uint32_t layer = 0; layer < net->layers; layer++) {
    check(snn_layer(layer, &state));
    sum += snn_u32(state + field);
  }
  return sum;
}

int main(void) {
  struct snn_network net;
  int done;
  machine_start();
  uint32_t from = machine_ticks();
  check(firmware_start(ROOM_BYTES));
  printf("load %lu\n", (unsigned long)(machine_ticks() - from));
  from = machine_ticks();
  check(firmware_open());
  printf("open %lu\n", (unsigned long)(machine_ticks() - from));
  check(snn_network(&net));
  for (uint32_t i = 0; i < IMAGES; i++) {
    from = machine_ticks();
    check(snn_begin(image_bytes + i * net.image_bytes, net.image_bytes));
    printf("begin %lu\n", (unsigned long)(machine_ticks() - from));
    for (uint32_t s = 0; s < STEPS; s++) {
      from = machine_ticks();
      check(snn_step(0, &done));
      const uint32_t ticks = machine_ticks() - from;
      printf("step %lu %lu %lu %lu\n", (unsigned long)ticks, (unsigned long)counter(&net, SNN_STATE_SOPS),
             (unsigned long)counter(&net, SNN_STATE_EVENTS), (unsigned long)counter(&net, SNN_STATE_SPIKES));
    }
  }
  printf("done\n");
  return 0;
}
