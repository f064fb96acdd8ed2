/* How a program in app/ ends where something is wrong: with a line. */
#include <stdio.h>
#include <stdlib.h>

#include "embedded.h"
#include "machine.h"
#include "snn.h"

void machine_failed(const char *why) {
  printf("fail %s\n", why);
  exit(1);
}

void check(int error) {
  if (error == SNN_OK) return;
  printf("fail %s %s\n", snn_error_text(error), snn_runtime_text());
  exit(1);
}
