/* The firmware that listens: the golden image first, then whatever comes over the UART, for ever. */
#include <stdlib.h>

#include "embedded.h"
#include "golden.h"
#include "link.h"
#include "machine.h"
#include "session.h"
#include UART

#ifndef FIRMWARE_NAME
#define FIRMWARE_NAME "snn"
#endif

static uint64_t ticks;
static uint32_t before;

/* The machine's clock has 32 bits; it is read often enough to see each of its turns. */
static uint64_t now(void) {
  const uint32_t read = machine_ticks();
  ticks += read - before;
  before = read;
  return ticks;
}

uint64_t link_count(void) {
  return now() * TICK_COUNTS / TICK_PARTS;
}

const char *link_unit(void) {
  return UNIT;
}

uint64_t link_microseconds(void) {
  return now() / TICKS_PER_US;
}

void link_write(const void *bytes, uint32_t count) {
  for (const uint8_t *p = bytes; count-- > 0;) uart_put(*p++);
}

/* A fault: no engine is left to go on with. */
void machine_failed(const char *why) {
  text_error(why);
  exit(1);
}

static int start(void) {
  int error = firmware_start(ROOM_BYTES);
  if (error == SNN_OK) error = firmware_open();
#ifdef GOLDEN
  struct snn_difference first;
  if (error == SNN_OK) error = snn_self_check(golden_bytes, (uint32_t)(golden_end - golden_bytes), &first);
  if (error == SNN_ERROR_DIFFERS)
    link_print("e-[differs step %lu layer %lu]\r\n", (unsigned long)first.step, (unsigned long)first.layer);
#endif
  return error;
}

int main(void) {
  machine_start();
  uart_start();
  const int error = start();
  /* Not before: SysTick's first reading is its last value. */
  before = machine_ticks();
  session_start(error, FIRMWARE_NAME);
  for (;;) {
    const int byte = uart_get();
    if (byte >= 0) session_byte((uint8_t)byte);
    else session_idle();
  }
}
