/* USART 1 of an STM32F405 on PA9 (out) and PA10 (in): 115,200 baud, 8N1, from the 16 MHz that it starts with. */
#ifndef UART_H
#define UART_H
#include <stdint.h>

#define UART_REG(offset) (*(volatile uint32_t *)(UART_AT + (offset)))
#define STM32_REG(address) (*(volatile uint32_t *)(address))

static inline void uart_start(void) {
  STM32_REG(0x40023830) |= 1u << 0; /* AHB1: port A */
  STM32_REG(0x40023844) |= 1u << 4; /* APB2: USART 1 */
  STM32_REG(0x40020000) = (STM32_REG(0x40020000) & ~(15u << 18)) | 10u << 18;
  STM32_REG(0x40020024) = (STM32_REG(0x40020024) & ~(0xffu << 4)) | 0x77u << 4;
  UART_REG(0x08) = 139;    /* 16 MHz / 115,200 */
  UART_REG(0x0c) = 0x200c; /* on, transmit, receive */
}

static inline int uart_get(void) {
  return (UART_REG(0) & 1u << 5) == 0 ? -1 : (uint8_t)UART_REG(4);
}

static inline void uart_put(uint8_t byte) {
  while ((UART_REG(0) & 1u << 7) == 0) {
  }
  UART_REG(4) = byte;
}
#endif
