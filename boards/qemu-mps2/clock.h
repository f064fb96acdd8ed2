/* Instructions executed: timer 0 of the MPS2 boards at 25 MHz, while -icount shift=0 makes an instruction last 1 ns. */
#ifndef CLOCK_H
#define CLOCK_H
#include <stdint.h>

#define TIMER ((volatile uint32_t *)0x40000000)
#define INSTRUCTIONS_PER_TICK 40u

static inline void clock_start(void) {
  TIMER[0] = 0;
  TIMER[2] = 0xffffffff;
  TIMER[1] = 0xffffffff;
  TIMER[0] = 1;
}

/* Counts up; at most 2^32 ticks, 172 billion instructions. */
static inline uint32_t clock_ticks(void) {
  return ~TIMER[1];
}
#endif
