/* What app/ asks of a machine, on a Cortex-M: its clock is SysTick, and a fault ends the program with a word. */
#ifndef MACHINE_H
#define MACHINE_H
#include <stdint.h>

void machine_failed(const char *why);

#define SYSTICK ((volatile uint32_t *)0xe000e010)
#define VTOR (*(volatile uint32_t *)0xe000ed08)
#define TOP 0xffffffu

static volatile uint32_t machine_turns;

static inline void machine_fault(void) {
  machine_failed("hard fault (an unaligned access?)");
}

static inline void machine_turn(void) {
  machine_turns++;
}

static inline void machine_start(void) {
#ifdef BOARD_START
  BOARD_START();
#endif
  static uint32_t vectors[16] __attribute__((aligned(256)));
  for (int i = 2; i < 15; i++) vectors[i] = (uint32_t)(uintptr_t)machine_fault;
  vectors[15] = (uint32_t)(uintptr_t)machine_turn;
  VTOR = (uint32_t)(uintptr_t)vectors;
  SYSTICK[1] = TOP;
  SYSTICK[2] = 0;
  SYSTICK[0] = 7;
}

/* Ticks since the start; it counts down, 24 bits, and a turn may come between the two reads. */
static inline uint32_t machine_ticks(void) {
  uint32_t turns, now;
  do {
    turns = machine_turns;
    now = SYSTICK[2];
  } while (turns != machine_turns);
  return (turns << 24) + (TOP - now);
}
#endif
