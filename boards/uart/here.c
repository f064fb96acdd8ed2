/* The same over stdin and stdout of this machine:  here MODULE MODEL; - where the module is compiled in or carries its model. */
#define _POSIX_C_SOURCE 200809L
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "link.h"
#include "session.h"

static uint8_t room[16 << 20] SNN_ALIGNED, module[1 << 20], model[8 << 20] SNN_ALIGNED;

uint64_t link_count(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const char *link_unit(void) {
  return "nanoseconds";
}

uint64_t link_microseconds(void) {
  return link_count() / 1000;
}

void link_write(const void *bytes, uint32_t count) {
  for (const uint8_t *p = bytes; count > 0;) {
    const ssize_t written = write(STDOUT_FILENO, p, count);
    if (written <= 0) exit(1);
    p += written, count -= (uint32_t)written;
  }
}

static uint32_t read_file(const char *path, uint8_t *to, size_t most) {
  FILE *const file = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
  return file == NULL ? 0 : (uint32_t)fread(to, 1, most, file);
}

int main(int count, char **paths) {
  uint8_t bytes[4096];
  if (count != 3) return 2;
  int error = snn_start(module, read_file(paths[1], module, sizeof module), room, sizeof room);
  const uint32_t model_bytes = read_file(paths[2], model, sizeof model);
  if (error == SNN_OK) error = snn_open(model_bytes == 0 ? NULL : model, model_bytes);
  session_start(error, "linux");
  for (;;) {
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, 100) == 0) {
      session_idle();
      continue;
    }
    const ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
    if (got <= 0) return 0;
    for (ssize_t i = 0; i < got; i++) session_byte(bytes[i]);
  }
}
