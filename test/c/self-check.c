/* The self-check of a golden file: self-check MODEL GOLDEN */
#include <stdio.h>

#include "golden.h"

static uint8_t room[1 << 20] SNN_ALIGNED, model[1 << 20] SNN_ALIGNED, golden[1 << 16];

static uint32_t read(const char *path, uint8_t *to, size_t most) {
  FILE *const file = fopen(path, "rb");
  return file == NULL ? 0 : (uint32_t)fread(to, 1, most, file);
}

int main(int count, char **paths) {
  struct snn_difference first;
  if (count != 3) return 2;
  int error = snn_start(NULL, 0, room, sizeof room);
  if (error == SNN_OK) error = snn_open_in_place(model, read(paths[1], model, sizeof model));
  if (error == SNN_OK) error = snn_self_check(golden, read(paths[2], golden, sizeof golden), &first);
  printf("%d", error);
  if (error == SNN_ERROR_DIFFERS) printf(" at step %lu, layer %lu", (unsigned long)first.step, (unsigned long)first.layer);
  puts("");
  return 0;
}
