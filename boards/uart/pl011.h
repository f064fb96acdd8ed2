/* ARM's PL011 of the RP2040; its start.c has set it up. */
#ifndef UART_H
#define UART_H
#include <stdint.h>

#define UART_REG(offset) (*(volatile uint32_t *)(UART_AT + (offset)))

static inline void uart_start(void) {}

static inline int uart_get(void) {
  return (UART_REG(0x18) & 1u << 4) != 0 ? -1 : (uint8_t)UART_REG(0);
}

static inline void uart_put(uint8_t byte) {
  while ((UART_REG(0x18) & 1u << 5) != 0) {
  }
  UART_REG(0) = byte;
}
#endif
