/* ARM's CMSDK UART, of the MPS2 and MPS3 boards: one byte each way. */
#ifndef UART_H
#define UART_H
#include <stdint.h>

#define UART_REG(offset) (*(volatile uint32_t *)(UART_AT + (offset)))

static inline void uart_start(void) {
  UART_REG(0x10) = 217; /* 25 MHz / 115,200 */
  UART_REG(0x08) = 3;   /* transmit, receive */
}

static inline int uart_get(void) {
  return (UART_REG(0x04) & 2) == 0 ? -1 : (uint8_t)UART_REG(0);
}

static inline void uart_put(uint8_t byte) {
  while ((UART_REG(0x04) & 1) != 0) {
  }
  UART_REG(0) = byte;
}
#endif
