/* 125 MHz from the crystal of 12 MHz, and UART 0 on GPIO 0 and 1 as stdout: 115,200 baud, 8N1. */
#include <stdio.h>

#include "machine.h"

#define REG(address) (*(volatile uint32_t *)(address))
#define CLEAR 0x3000 /* alias that clears the bits written */
#define RESETS 0x4000c000
#define CLOCKS 0x40008000
#define XOSC 0x40024000
#define PLL_SYS 0x40028000
#define IO_BANK0 0x40014000
#define UART0 0x40034000

static void wait_for(uint32_t address, uint32_t bits) {
  while ((REG(address) & bits) != bits) {
  }
}

void board_start(void) {
  const uint32_t used = 1u << 5 | 1u << 8 | 1u << 12 | 1u << 22; /* IO, pads, PLL, UART */
  REG(XOSC) = 0xaa0;
  REG(XOSC + 0x0c) = 47;
  REG(XOSC) = 0xfabaa0;
  wait_for(XOSC + 0x04, 1u << 31);
  REG(CLOCKS + 0x30) = 2; /* reference: crystal */
  wait_for(CLOCKS + 0x38, 1u << 2);
  REG(RESETS + CLEAR) = used;
  wait_for(RESETS + 0x08, used);
  REG(PLL_SYS) = 1;
  REG(PLL_SYS + 0x08) = 125;
  REG(PLL_SYS + CLEAR + 0x04) = 1u << 0 | 1u << 5;
  wait_for(PLL_SYS, 1u << 31);
  REG(PLL_SYS + 0x0c) = 6u << 16 | 2u << 12; /* 12 MHz · 125 / 6 / 2 */
  REG(PLL_SYS + CLEAR + 0x04) = 1u << 3;
  REG(CLOCKS + 0x3c) = 0;
  REG(CLOCKS + 0x3c) = 1; /* system: PLL */
  wait_for(CLOCKS + 0x44, 1u << 1);
  REG(CLOCKS + 0x48) = 1u << 11; /* peripherals: system */
  REG(UART0 + 0x24) = 67;
  REG(UART0 + 0x28) = 52;
  REG(UART0 + 0x2c) = 0x70;
  REG(UART0 + 0x30) = 0x301;
  REG(IO_BANK0 + 0x04) = 2;
  REG(IO_BANK0 + 0x0c) = 2;
}

static int put(char c, FILE *file) {
  (void)file;
  while ((REG(UART0 + 0x18) & 1u << 5) != 0) {
  }
  REG(UART0) = (uint8_t)c;
  return (uint8_t)c;
}

static FILE uart = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &uart;

void _exit(int code) {
  (void)code;
  for (;;) {
  }
}
