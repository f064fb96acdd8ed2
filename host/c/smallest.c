/* Classifies one image: ./smallest module.wasm image.raw, the module by snn bundle --core. */
#include <stdio.h>

#include "snn.h"

static uint8_t module[1 << 20], image[1 << 16], room[8 << 20] SNN_ALIGNED;

static uint32_t read(const char *path, uint8_t *to, size_t most) {
  FILE *const file = fopen(path, "rb");
  return file == NULL ? 0 : (uint32_t)fread(to, 1, most, file);
}

int main(int count, char **paths) {
  struct snn_answer answer;
  if (count != 3) return 1;
  int error = snn_start(module, read(paths[1], module, sizeof module), room, sizeof room);
  if (error == SNN_OK) error = snn_open(NULL, 0);
  if (error == SNN_OK) error = snn_classify(image, read(paths[2], image, sizeof image), &answer);
  if (error == SNN_OK) printf("%lu after %lu steps\n", (unsigned long)answer.label, (unsigned long)answer.step);
  else printf("%s\n", snn_error_text(error));
  return error;
}
