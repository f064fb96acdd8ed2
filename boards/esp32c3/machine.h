/* What app/ asks of a machine, on the ESP32-C3: its clock is the core's counter of cycles, its voice the ROM's UART 0. */
#ifndef MACHINE_H
#define MACHINE_H
#include <stdint.h>

void machine_failed(const char *why);
void board_start(void);

static __attribute__((aligned(256), noreturn)) void machine_trap(void) {
  for (;;) machine_failed("trap (an access outside of memory?)");
}

/* The core's own registers: events counted (cycles), counting on, the count. */
static inline void machine_start(void) {
  board_start();
  __asm__ volatile("csrw mtvec, %0" ::"r"(machine_trap));
  __asm__ volatile("csrw 0x7e0, %0" ::"r"(1));
  __asm__ volatile("csrw 0x7e1, %0" ::"r"(1));
}

static inline uint32_t machine_ticks(void) {
  uint32_t count;
  __asm__ volatile("csrr %0, 0x7e2" : "=r"(count));
  return count;
}
#endif
