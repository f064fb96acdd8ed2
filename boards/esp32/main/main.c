/* A .snn file in the partition "model", the engine under the WAMR component: one image of zeros, its answer on the console. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "esp_partition.h"
#include "snn.h"

/* Linear memory in pages of 64 KiB and what WAMR takes besides: snn inspect. For mnist-tiny: 65,536 + 52,400. */
#ifndef ROOM_BYTES
#define ROOM_BYTES (120 * 1024)
#endif
/* WAMR and the C library's printf; measured on a Cortex-M4: 1,836 without printf. */
#define STACK_BYTES 8192

extern const uint8_t engine_start[] asm("_binary_engine_wasm_start");
extern const uint8_t engine_end[] asm("_binary_engine_wasm_end");

/* The partition, mapped: data in flash is read like memory. */
static const uint8_t *map_model(uint32_t *bytes) {
  const void *model = NULL;
  esp_partition_mmap_handle_t handle;
  const esp_partition_t *const part =
      esp_partition_find_first(ESP_PARTITION_TYPE_DATA, (esp_partition_subtype_t)0x40, "model");
  if (part == NULL || esp_partition_mmap(part, 0, part->size, ESP_PARTITION_MMAP_DATA, &model, &handle) != ESP_OK)
    return NULL;
  const uint8_t *const size = (const uint8_t *)model + SNN_HEADER_FILE_BYTES;
  *bytes = size[0] | (uint32_t)size[1] << 8 | (uint32_t)size[2] << 16 | (uint32_t)size[3] << 24;
  return *bytes > part->size ? NULL : model;
}

static int classify(void) {
  static uint8_t *room;
  struct snn_network net;
  struct snn_answer answer;
  uint32_t model_bytes;
  const uint8_t *const model = map_model(&model_bytes);
  if (model == NULL) {
    printf("no model; write a .snn file to the partition: parttool.py write_partition --partition-name model --input …\n");
    return SNN_STATUS_MAGIC;
  }
  room = aligned_alloc(16, ROOM_BYTES);
  int error = snn_start(engine_start, (uint32_t)(engine_end - engine_start), room, room == NULL ? 0 : ROOM_BYTES);
  if (error == SNN_OK) error = snn_open(model, model_bytes);
  if (error == SNN_OK) error = snn_network(&net);
  if (error != SNN_OK) return error;
  uint8_t *const image = calloc(1, net.image_bytes);
  if (image == NULL) return SNN_ERROR_ROOM;
  error = snn_classify(image, net.image_bytes, &answer);
  if (error == SNN_OK)
    printf("class %lu after %lu steps\n", (unsigned long)answer.label, (unsigned long)answer.step);
  free(image);
  return error;
}

/* WAMR on ESP-IDF wants a pthread, not a bare task. */
static void *run(void *unused) {
  const int error = classify();
  if (error != SNN_OK) printf("%s %s\n", snn_error_text(error), snn_runtime_text());
  return unused;
}

void app_main(void) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  if (pthread_create(&thread, &attributes, run, NULL) != 0) printf("no thread; give less room\n");
  else pthread_join(thread, NULL);
}
