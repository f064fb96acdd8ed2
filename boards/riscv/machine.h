/* What app/ asks of a machine, on RISC-V in machine mode: its clock is the counter of instructions. */
#ifndef MACHINE_H
#define MACHINE_H
#include <stdint.h>

void machine_failed(const char *why);

static __attribute__((aligned(4), noreturn)) void machine_trap(void) {
  for (;;) machine_failed("trap (an access outside of memory?)");
}

static inline void machine_start(void) {
  __asm__ volatile("csrw mtvec, %0" ::"r"(machine_trap));
}

static inline uint32_t machine_ticks(void) {
  uint32_t count;
  __asm__ volatile("csrr %0, minstret" : "=r"(count));
  return count;
}
#endif
