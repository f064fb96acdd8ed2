/* Every image once: what it took, and the sums of the last layer. */
#include <stdio.h>
#include <stdlib.h>

#include "dense.h"
#include "machine.h"

extern const uint8_t image_bytes[], model_bytes[], model_end[];

void machine_failed(const char *why) {
  printf("fail %s\n", why);
  exit(1);
}

int main(void) {
  machine_start();
  dense_start(model_bytes, (uint32_t)(model_end - model_bytes));
  for (uint32_t i = 0; i < IMAGES; i++) {
    const uint32_t from = machine_ticks();
    const int32_t *sums = dense(image_bytes + i * IMAGE_BYTES);
    printf("image %lu", (unsigned long)(machine_ticks() - from));
    for (int c = 0; c < CLASSES; c++) printf(" %ld", (long)sums[c]);
    printf("\n");
  }
  printf("done\n");
  return 0;
}
