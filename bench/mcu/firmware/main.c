/* Runs the embedded images through the embedded model step by step; one line of output per measured call. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "runtime.h"

/* Where the host's memory begins in the engine's: HEAP_BASE; the rest as in host/network.ts. */
#define ALIGN(x) (((x) + 15u) & ~15u)

void fail(const char *message) {
  printf("fail %s\n", message);
  exit(1);
}

static void on_fault(void) {
  fail("hard fault (an unaligned access?)");
}

/* A fault would otherwise be an endless loop. */
static void catch_faults(void) {
  static uint32_t vectors[16] __attribute__((aligned(128)));
  for (int i = 2; i < 16; i++) vectors[i] = (uint32_t)(uintptr_t)on_fault;
  *(volatile uint32_t *)0xe000ed08 = (uint32_t)(uintptr_t)vectors;
}

static uint32_t counter(uint32_t net, uint32_t field) {
  uint32_t sum = 0;
  for (uint32_t layer = 0; layer < LAYERS; layer++) {
    uint32_t value;
    memcpy(&value, runtime_memory() + runtime_call(LAYER_STATE, net, layer, 0, 0) + field, 4);
    sum += value;
  }
  return sum;
}

int main(void) {
  const uint32_t size = (uint32_t)(model_end - model_bytes);
  const uint32_t model = ALIGN(HEAP_BASE);
  const uint32_t net = ALIGN(model + size);

  catch_faults();
  clock_start();
  uint32_t from = clock_ticks();
  runtime_start();
  printf("load %lu\n", (unsigned long)(clock_ticks() - from));

  memcpy(runtime_memory() + model, model_bytes, size);
  from = clock_ticks();
  const int32_t arena = (int32_t)runtime_call(MEASURE, model, size, 0, 0);
  if (arena < 0) {
    printf("fail the engine refuses the model, status %ld\n", -(long)arena);
    exit(1);
  }
  const uint32_t image = net + (uint32_t)arena;
  if (image + IMAGE_BYTES > MEMORY_BYTES) fail("the memory is too small");
  if (runtime_call(OPEN, model, size, net, (uint32_t)arena) != 0) fail("open failed");
  printf("open %lu\n", (unsigned long)(clock_ticks() - from));

  for (uint32_t i = 0; i < IMAGES; i++) {
    memcpy(runtime_memory() + image, image_bytes + i * IMAGE_BYTES, IMAGE_BYTES);
    from = clock_ticks();
    runtime_call(BEGIN, net, image, 0, 0);
    printf("begin %lu\n", (unsigned long)(clock_ticks() - from));
    for (uint32_t s = 0; s < STEPS; s++) {
      from = clock_ticks();
      runtime_call(STEP, net, 0, 0, 0);
      const uint32_t ticks = clock_ticks() - from;
      printf("step %lu %lu %lu %lu\n", (unsigned long)ticks, (unsigned long)counter(net, STATE_SOPS),
             (unsigned long)counter(net, STATE_EVENTS), (unsigned long)counter(net, STATE_SPIKES));
    }
  }
  printf("done\n");
  return 0;
}
