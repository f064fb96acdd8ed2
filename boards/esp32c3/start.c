/*
 * From the entry, where Espressif's boot loader jumps with flash mapped and .data loaded, to main; watchdogs off, stdout on
 * UART 0 as the ROM has set it up: 115,200 baud. ESP32-C3 Technical Reference Manual, chapters 9 and 12.
 */
#include <stdio.h>
#include <stdlib.h>

#include "machine.h"

#define REG(address) (*(volatile uint32_t *)(address))
#define RTC 0x60008000
#define TIMER_GROUP_0 0x6001f000
#define TIMER_GROUP_1 0x60020000
#define WATCHDOG_KEY 0x50d83aa1
#define SUPER_KEY 0x8f1d312a

/* A function of the ROM. */
#define ROM_PUT ((int (*)(uint8_t))0x40000068)

extern uint32_t __bss_start[], __bss_end[];
int main(void);

__attribute__((naked, section(".text.init.enter"))) void _start(void) {
  __asm__ volatile(
      ".option push\n.option norelax\n"
      "la gp, __global_pointer$\n"
      ".option pop\n"
      "la sp, __stack\n"
      "j entered\n");
}

__attribute__((used, noreturn)) void entered(void) {
  for (uint32_t *p = __bss_start; p < __bss_end; p++) *p = 0;
  exit(main());
}

void board_start(void) {
  REG(RTC + 0xa8) = WATCHDOG_KEY;
  REG(RTC + 0x90) = 0;
  REG(RTC + 0xb0) = SUPER_KEY;
  REG(RTC + 0xac) |= 1u << 31;
  REG(TIMER_GROUP_0 + 0x64) = WATCHDOG_KEY;
  REG(TIMER_GROUP_0 + 0x48) = 0;
  REG(TIMER_GROUP_1 + 0x64) = WATCHDOG_KEY;
  REG(TIMER_GROUP_1 + 0x48) = 0;
}

static int put(char c, FILE *file) {
  (void)file;
  ROM_PUT((uint8_t)c);
  return (uint8_t)c;
}

static FILE uart = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &uart;

void _exit(int code) {
  (void)code;
  for (;;) {
  }
}
