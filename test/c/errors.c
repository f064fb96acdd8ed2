/*
 * What a host does wrong, and what it gets: errors, never a trap.  errors MODULE MODEL IMAGE [APART]
 * MODULE: snn-core.wasm, or "-" for wasm2c. APART: a module with fixed memory for MODEL, its bytes left out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "runtime.h"
#include "snn.h"

static uint8_t room[4 << 20] SNN_ALIGNED;
static const uint8_t *module, *model, *image, *apart;
static uint32_t module_bytes, model_bytes, image_bytes, apart_bytes;
static int wrong;

static const uint8_t *file(const char *path, uint32_t *bytes) {
  *bytes = 0;
  if (strcmp(path, "-") == 0) return NULL;
  FILE *const in = fopen(path, "rb");
  if (in == NULL) exit(2);
  fseek(in, 0, SEEK_END);
  *bytes = (uint32_t)ftell(in);
  rewind(in);
  uint8_t *const data = malloc(*bytes);
  if (fread(data, 1, *bytes, in) != *bytes) exit(2);
  fclose(in);
  return data;
}

#define EXPECT(error, call) expect(error, call, #call, __LINE__)

static void expect(int want, int got, const char *call, int line) {
  if (want == got) return;
  printf("line %d: %s is %d (%s %s), not %d\n", line, call, got, snn_error_text(got), snn_runtime_text(), want);
  wrong = 1;
}

static int start(uint32_t room_bytes) {
  return snn_start(module, module_bytes, room_bytes == 0 ? NULL : room, room_bytes);
}

static void order(void) {
  struct snn_network network;
  struct snn_answer answer;
  uint32_t address;
  int done;
  EXPECT(SNN_ERROR_ORDER, snn_open(model, model_bytes));
  EXPECT(SNN_ERROR_ORDER, snn_begin(image, image_bytes));
  EXPECT(SNN_ERROR_ORDER, snn_step(1, &done));
  EXPECT(SNN_ERROR_ORDER, snn_answer(&answer));
  EXPECT(SNN_ERROR_ORDER, snn_network(&network));
  EXPECT(0, (int)snn_u32(0));
  snn_stop();
  EXPECT(SNN_OK, start(sizeof room));
  EXPECT(SNN_ERROR_ORDER, start(sizeof room));
  EXPECT(SNN_ERROR_ORDER, snn_begin(image, image_bytes));
  EXPECT(SNN_ERROR_ORDER, snn_step(1, &done));
  EXPECT(SNN_ERROR_ORDER, snn_decide(0));
  EXPECT(SNN_ERROR_ORDER, snn_layer(0, &address));
  EXPECT(SNN_ERROR_ORDER, snn_evidence(0, &address));
  EXPECT(SNN_ERROR_ARGUMENT, snn_open(NULL, 0)); /* this module carries no model */
  EXPECT(SNN_ERROR_ARGUMENT, snn_open(model, 0));
  EXPECT(SNN_OK, snn_open(model, model_bytes));
  EXPECT(SNN_ERROR_ORDER, snn_open(model, model_bytes));
  EXPECT(SNN_ERROR_ORDER, snn_step(1, &done));
  EXPECT(SNN_ERROR_ORDER, snn_decide(0));
  EXPECT(SNN_ERROR_ORDER, snn_answer(&answer));
  EXPECT(SNN_ERROR_ARGUMENT, snn_begin(image, image_bytes - 1));
  EXPECT(SNN_ERROR_ARGUMENT, snn_begin(NULL, image_bytes));
  EXPECT(SNN_OK, snn_begin(image, image_bytes));
  EXPECT(SNN_ERROR_ORDER, snn_answer(&answer));
  EXPECT(SNN_ERROR_ARGUMENT, snn_step(1, NULL));
  EXPECT(SNN_OK, snn_step(0, &done));
  EXPECT(SNN_ERROR_ARGUMENT, snn_answer(NULL));
  EXPECT(SNN_OK, snn_answer(&answer));
  EXPECT(SNN_OK, snn_network(&network));
  EXPECT(SNN_ERROR_ARGUMENT, snn_decide(network.exits));
  EXPECT(SNN_OK, snn_decide(0));
  EXPECT(SNN_ERROR_ARGUMENT, snn_layer(network.layers, &address));
  EXPECT(SNN_ERROR_ARGUMENT, snn_evidence(network.exits, &address));
  EXPECT(0, (int)snn_u32(network.memory_bytes - 3));
  EXPECT(0, (int)snn_u32(0xffffffff));
  /* A step too many changes nothing. */
  while (!done) EXPECT(SNN_OK, snn_step(1, &done));
  EXPECT(SNN_OK, snn_step(1, &done));
  EXPECT(1, done);
  snn_stop();
  snn_stop();
  EXPECT(SNN_ERROR_ORDER, snn_begin(image, image_bytes));
}

/* A model that cannot be read, in memory that any host may have: on odd addresses too. */
static void models(void) {
  uint8_t *const copy = malloc(model_bytes + 17);
  memcpy(copy + 1, model, model_bytes);
  EXPECT(SNN_OK, start(sizeof room));
  EXPECT(SNN_STATUS_TRUNCATED, snn_open(copy + 1, model_bytes - 1));
  EXPECT(SNN_STATUS_TRUNCATED, snn_open(copy + 1, 1));
  EXPECT(SNN_STATUS_SIZE, snn_open(copy + 1, model_bytes + 1));
  copy[model_bytes] ^= 1;
  EXPECT(SNN_STATUS_CRC, snn_open(copy + 1, model_bytes));
  copy[model_bytes] ^= 1, copy[1] ^= 1;
  EXPECT(SNN_STATUS_MAGIC, snn_open(copy + 1, model_bytes));
  copy[1] ^= 1;
  EXPECT(SNN_OK, snn_open(copy + 1, model_bytes));
  free(copy);
  snn_stop();
}

/* A model that is read where it lies, where the runtime can. */
static void in_place(void) {
  uint8_t *const block = malloc(model_bytes + 32);
  uint8_t *const copy = block + (-(uintptr_t)block & 15);
  memcpy(copy, model, model_bytes);
  EXPECT(SNN_ERROR_ORDER, snn_open_in_place(copy, model_bytes));
  EXPECT(SNN_OK, start(sizeof room));
  const int error = snn_open_in_place(copy, model_bytes);
  if (error == SNN_ERROR_PLACE) {
    EXPECT(SNN_OK, snn_open(copy, model_bytes));
    snn_stop();
    free(block);
    return;
  }
  struct snn_network network;
  struct snn_answer answer;
  EXPECT(SNN_OK, error);
  EXPECT(SNN_ERROR_ORDER, snn_open_in_place(copy, model_bytes));
  EXPECT(SNN_OK, snn_classify(image, image_bytes, &answer));
  EXPECT(SNN_OK, snn_network(&network));
  EXPECT((int)SNN_MAGIC, (int)snn_u32(network.model));
  if (module == NULL) { /* wasm2c: an arena laid over the model would be written, and traps. WAMR does not tell them apart. */
    const uint32_t over[4] = {network.model, network.model_bytes, network.model, network.net_bytes};
    uint32_t status;
    EXPECT(SNN_ERROR_TRAP, snn_runtime_call(SNN_OPEN, over, &status));
  }
  EXPECT(0, memcmp(copy, model, model_bytes));
  snn_stop();
  EXPECT(SNN_OK, start(sizeof room));
  EXPECT(SNN_ERROR_ARGUMENT, snn_open_in_place(NULL, 0));
  EXPECT(SNN_STATUS_TRUNCATED, snn_open_in_place(copy, 1));
  EXPECT(SNN_STATUS_TRUNCATED, snn_open_in_place(copy, model_bytes - 16));
  EXPECT(SNN_STATUS_SIZE, snn_open_in_place(copy, model_bytes + 1));
  memmove(copy + 4, copy, model_bytes);
  EXPECT(SNN_ERROR_ALIGNMENT, snn_open_in_place(copy + 4, model_bytes));
  EXPECT(SNN_STATUS_VERSION, snn_open_in_place(copy, model_bytes));
  memmove(copy, copy + 4, model_bytes);
  EXPECT(SNN_OK, snn_open_in_place(copy, model_bytes));
  snn_stop();
  free(block);
}

static void modules(void) {
  if (module == NULL) return;
  uint8_t *const copy = malloc(module_bytes);
  memcpy(copy, module, module_bytes);
  EXPECT(SNN_ERROR_ARGUMENT, snn_start(NULL, 0, room, sizeof room));
  EXPECT(SNN_ERROR_MODULE, snn_start(model, model_bytes, room, sizeof room));
  EXPECT(SNN_ERROR_MODULE, snn_start(copy, module_bytes / 2, room, sizeof room));
  copy[7] = 9; /* of another version of Wasm */
  EXPECT(SNN_ERROR_MODULE, snn_start(copy, module_bytes, room, sizeof room));
  free(copy);
}

static int classify(uint32_t room_bytes) {
  struct snn_answer answer;
  int error = start(room_bytes);
  if (error == SNN_OK) error = snn_open(model, model_bytes);
  if (error == SNN_OK) error = snn_classify(image, image_bytes, &answer);
  snn_stop();
  return error;
}

/* From nothing to enough: an error until it is enough, and none from then on. */
static void little_memory(void) {
  EXPECT(SNN_ERROR_ALIGNMENT, snn_start(module, module_bytes, room + 4, sizeof room - 4));
  if (classify(0) != SNN_OK) {
    uint32_t low = 0, high = sizeof room, seen = 0;
    for (uint32_t bytes = 16; bytes < sizeof room; bytes += bytes / 64 + 16) {
      const int error = classify(bytes);
      if (error == SNN_OK) seen = 1;
      if (error != SNN_OK && (seen || (error != SNN_ERROR_ROOM && error != SNN_ERROR_MEMORY)))
        expect(SNN_ERROR_ROOM, error, "classify", (int)bytes);
    }
    while (high - low > 16) {
      const uint32_t middle = (low + (high - low) / 2) & ~15u;
      if (classify(middle) == SNN_OK) high = middle;
      else low = middle;
    }
    printf("least room: %lu\n", (unsigned long)high);
  }
  /* What comes from malloc instead. */
  const size_t before = heap_most = heap;
  EXPECT(SNN_OK, classify(sizeof room));
  const size_t needed = heap_most - before;
  printf("heap: %lu, after snn_stop: %lu\n", (unsigned long)needed, (unsigned long)(heap - before));
  for (size_t bytes = 0; bytes < needed; bytes += bytes / 64 + 16) {
    heap_limit = heap + bytes;
    const int error = classify(sizeof room);
    if (error != SNN_OK && error != SNN_ERROR_ROOM && error != SNN_ERROR_MEMORY)
      expect(SNN_ERROR_ROOM, error, "classify with little heap", (int)bytes);
  }
  heap_limit = -1ul;
  EXPECT(SNN_OK, classify(sizeof room));
}

/* Linear memory that cannot grow, and a model that needs more. */
static void fixed_memory(void) {
  if (apart == NULL) return;
  uint8_t *const larger = calloc(1, 2 * model_bytes);
  EXPECT(SNN_OK, snn_start(apart, apart_bytes, room, sizeof room));
  EXPECT(SNN_ERROR_ARGUMENT, snn_open(NULL, 0));
  EXPECT(SNN_ERROR_MEMORY, snn_open(larger, 0xfffffff0));
  EXPECT(SNN_ERROR_MEMORY, snn_open(larger, 64 << 20));
  EXPECT(SNN_OK, snn_open(model, model_bytes));
  snn_stop();
  free(larger);
}

int main(int count, char **given) {
  if (count < 4) return 2;
  module = file(given[1], &module_bytes);
  model = file(given[2], &model_bytes);
  image = file(given[3], &image_bytes);
  if (count > 4) apart = file(given[4], &apart_bytes);
  order();
  models();
  in_place();
  modules();
  little_memory();
  fixed_memory();
  for (int error = -1; error < 80; error++)
    if (snn_error_text(error) == NULL) wrong = 1;
  puts(wrong ? "wrong" : "right");
  return wrong;
}
