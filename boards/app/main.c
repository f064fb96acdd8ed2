/* Runs the embedded images through the embedded network step by step; one line of output per measured call. */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "snn.h"

/* Files that data.S embeds; a module that carries its model has none beside it, wasm2c has no module. */
extern const uint8_t image_bytes[];
#ifdef MODEL
extern const uint8_t model_bytes[], model_end[];
#else
#define model_bytes ((const uint8_t *)NULL)
#define model_end ((const uint8_t *)NULL)
#endif
#ifdef MODULE
extern const uint8_t module_bytes[], module_end[];
#else
#define module_bytes ((const uint8_t *)NULL)
#define module_end ((const uint8_t *)NULL)
#endif

static uint8_t room[ROOM_BYTES + 1] SNN_ALIGNED;

static void fail(const char *message) {
  printf("fail %s\n", message);
  exit(1);
}

static void check(int error) {
  if (error == SNN_OK) return;
  printf("fail %s %s\n", snn_error_text(error), snn_runtime_text());
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

static int start(uint32_t room_bytes) {
  return snn_start(module_bytes, (uint32_t)(module_end - module_bytes), room, room_bytes);
}

static int open(void) {
  return snn_open(model_bytes, (uint32_t)(model_end - model_bytes));
}

static uint32_t counter(const struct snn_network *net, uint32_t field) {
  uint32_t sum = 0, state;
  for (uint32_t layer = 0; layer < net->layers; layer++) {
    check(snn_layer(layer, &state));
    sum += snn_u32(state + field);
  }
  return sum;
}

static void run(void) {
  struct snn_network net;
  int done;
  uint32_t from = clock_ticks();
  check(start(ROOM_BYTES));
  printf("load %lu\n", (unsigned long)(clock_ticks() - from));
  from = clock_ticks();
  check(open());
  printf("open %lu\n", (unsigned long)(clock_ticks() - from));
  check(snn_network(&net));
  for (uint32_t i = 0; i < IMAGES; i++) {
    from = clock_ticks();
    check(snn_begin(image_bytes + i * IMAGE_BYTES, IMAGE_BYTES));
    printf("begin %lu\n", (unsigned long)(clock_ticks() - from));
    for (uint32_t s = 0; s < STEPS; s++) {
      from = clock_ticks();
      check(snn_step(0, &done));
      const uint32_t ticks = clock_ticks() - from;
      printf("step %lu %lu %lu %lu\n", (unsigned long)ticks, (unsigned long)counter(&net, SNN_STATE_SOPS),
             (unsigned long)counter(&net, SNN_STATE_EVENTS), (unsigned long)counter(&net, SNN_STATE_SPIKES));
    }
  }
}

#ifdef MEASURE_MEMORY
#include <unistd.h>

#define PAINTED 524288u
#define PAINT 0xa5

extern char __heap_start[];

/* All images to their last step, without a word. */
static int silent(uint32_t room_bytes) {
  int error = start(room_bytes), done = 0;
  if (error == SNN_OK) error = open();
  for (uint32_t i = 0; error == SNN_OK && i < IMAGES; i++) {
    error = snn_begin(image_bytes + i * IMAGE_BYTES, IMAGE_BYTES);
    for (done = 0; error == SNN_OK && !done;) error = snn_step(0, &done);
  }
  return error;
}

/* Deepest byte of the C stack that a run changes. */
static __attribute__((noinline)) uint32_t stack_of_a_run(void) {
  volatile uint8_t *const top = __builtin_frame_address(0);
  volatile uint8_t *deepest = top - PAINTED;
  for (volatile uint8_t *p = deepest; p < top - 256; p++) *p = PAINT;
  check(silent(ROOM_BYTES));
  while (*deepest == PAINT) deepest++;
  return (uint32_t)(top - deepest);
}

/* Memory: linear, of it used, taken from malloc, room, least room, C stack. What libc's sbrk has handed out is never given back. */
static void measure(void) {
  struct snn_network net;
  const uint32_t stack = stack_of_a_run();
  check(snn_network(&net));
  const uint32_t heap = (uint32_t)((char *)sbrk(0) - __heap_start);
  snn_stop();
  uint32_t enough = ROOM_BYTES, less = 0;
  while (enough - less > 16) {
    const uint32_t middle = (less + (enough - less) / 2) & ~15u;
    if (silent(middle) == SNN_OK) enough = middle;
    else less = middle;
    snn_stop();
  }
  printf("memory 0 %lu %lu %lu %lu %lu %lu\n", (unsigned long)net.memory_bytes,
         (unsigned long)(net.image + net.image_bytes), (unsigned long)heap, (unsigned long)ROOM_BYTES,
         (unsigned long)enough, (unsigned long)stack);
}
#endif

int main(void) {
  catch_faults();
  clock_start();
#ifdef MEASURE_MEMORY
  measure();
#else
  run();
#endif
  printf("done\n");
  return 0;
}
