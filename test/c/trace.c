/*
 * What every layer did in every step, in the words of test/golden:  trace MODULE MODEL IMAGES COUNT STEPS [ROOM [place]]
 * MODULE and MODEL may be "-": compiled in, or carried by the module. With "place" the model is read where it lies.
 * Allocations after snn_open are an error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "heap.h"

static uint8_t room[8 << 20] SNN_ALIGNED;

static void check(int error, const char *what) {
  if (error == SNN_OK) return;
  fprintf(stderr, "%s: error %d: %s %s\n", what, error, snn_error_text(error), snn_runtime_text());
  exit(1);
}

static uint8_t *file(const char *path, uint32_t *bytes) {
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

static void print_layer(uint32_t layer) {
  uint32_t events, crc;
  check(snn_layer_events(layer, &events, &crc), "snn_layer_events");
  printf("%s\"%lu:%08lx\"", layer == 0 ? "" : ",", (unsigned long)events, (unsigned long)crc);
}

static void print_exit(const struct snn_network *net, uint32_t exit) {
  uint32_t counts;
  check(snn_evidence(exit, &counts), "snn_evidence");
  printf("%s[", exit == 0 ? "" : ",");
  for (uint32_t k = 0; k < net->classes; k++)
    printf("%s%ld", k == 0 ? "" : ",", (long)(int32_t)snn_u32(counts + 4 * k));
  printf("]");
}

int main(int count, char **given) {
  uint32_t module_bytes, model_bytes, images_bytes;
  struct snn_network net;
  struct snn_answer answer;
  if (count < 6) return 2;
  uint8_t *const module = file(given[1], &module_bytes), *const model = file(given[2], &model_bytes);
  uint8_t *const images = file(given[3], &images_bytes);
  const long room_bytes = count > 6 ? atol(given[6]) : (long)sizeof room;
  setvbuf(stdout, NULL, _IOFBF, 1 << 16);
  check(snn_start(module, module_bytes, room_bytes == 0 ? NULL : room, (uint32_t)room_bytes), "snn_start");
  const int in_place = count > 7;
  check(in_place ? snn_open_in_place(model, model_bytes) : snn_open(model, model_bytes), "snn_open");
  check(snn_network(&net), "snn_network");
  if (!in_place) free(model);
  const unsigned long before = allocations;
  for (long i = 0; i < atol(given[4]); i++) {
    int done = 0;
    check(snn_begin(images + i * net.image_bytes, net.image_bytes), "snn_begin");
    for (long step = 1; step <= atol(given[5]) && !done; step++) {
      check(snn_step(0, &done), "snn_step");
      check(snn_answer(&answer), "snn_answer");
      printf("{\"image\":%ld,\"step\":%lu,\"layers\":[", i, (unsigned long)answer.step);
      for (uint32_t layer = 0; layer < net.layers; layer++) print_layer(layer);
      printf("],\"evidence\":[");
      for (uint32_t exit = 0; exit < net.exits; exit++) print_exit(&net, exit);
      printf("],\"class\":%lu,\"margin\":%ld}\n", (unsigned long)answer.label, (long)answer.margin);
    }
  }
  fprintf(stderr, "allocated after snn_open: %lu\n", allocations - before);
  fprintf(stderr, "linear memory: %lu\n", (unsigned long)net.memory_bytes);
  snn_stop();
  if (in_place) free(model);
  free(module);
  free(images);
  return 0;
}
