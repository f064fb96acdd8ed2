/* A 16550, as QEMU's virt machine has it, with its queues on. */
#ifndef UART_H
#define UART_H
#include <stdint.h>

#define UART_REG(offset) (*(volatile uint8_t *)(UART_AT + (offset)))

static inline void uart_start(void) {
  UART_REG(3) = 3; /* 8N1 */
  UART_REG(2) = 1;
}

static inline int uart_get(void) {
  return (UART_REG(5) & 1) == 0 ? -1 : UART_REG(0);
}

static inline void uart_put(uint8_t byte) {
  while ((UART_REG(5) & 1u << 5) == 0) {
  }
  UART_REG(0) = byte;
}
#endif
