/* Loads the network, which tests itself, and classifies one image. */
#include <stdio.h>

#include "network.h"

int main(void) {
  struct snn_answer answer;
  int error = snn_load();
  if (error == SNN_OK) error = snn_classify(snn_example_image, SNN_IMAGE_BYTES, &answer);
  if (error == SNN_OK) printf("class %lu after %lu steps\n", (unsigned long)answer.label, (unsigned long)answer.step);
  else printf("%s\n", snn_error_text(error));
  return error;
}
