/* The model in flash, the engine through wasm2c: one image of zeros, its answer on the console. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "snn.h"

/* snn inspect, "model in flash": linear memory. For mnist-tiny 40,032. */
#ifndef ROOM_BYTES
#define ROOM_BYTES (40 * 1024)
#endif
#ifndef IMAGE_BYTES
#define IMAGE_BYTES 784
#endif

static const uint8_t model[] SNN_ALIGNED = {
#include <model.inc>
};
static uint8_t room[ROOM_BYTES] SNN_ALIGNED;
static uint8_t image[IMAGE_BYTES];

int main(void) {
  struct snn_answer answer;
  int error = snn_start(NULL, 0, room, sizeof room);
  if (error == SNN_OK) error = snn_open_in_place(model, sizeof model);
  if (error == SNN_OK) error = snn_classify(image, sizeof image, &answer);
  if (error == SNN_OK) printk("class %u after %u steps\n", (unsigned)answer.label, (unsigned)answer.step);
  else printk("%s\n", snn_error_text(error));
  return error;
}
