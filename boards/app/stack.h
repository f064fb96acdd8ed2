/* High-water marks: what C's stack and heap took at most. The linker script of picolibc names the places. */
#ifndef STACK_H
#define STACK_H
#include <stdint.h>
#include <unistd.h>

#define PAINT 0xa5
/* What painting and scanning themselves may stand on. */
#define OWN_BYTES 256

extern char __heap_start[], __stack[];

static inline void stack_paint(void) {
  volatile uint8_t *const top = __builtin_frame_address(0);
  for (volatile uint8_t *p = (volatile uint8_t *)__heap_start; p < top - OWN_BYTES; p++) *p = PAINT;
}

/* What sbrk has handed out is never given back. */
static inline uint32_t heap_most(void) {
  return (uint32_t)((char *)sbrk(0) - __heap_start);
}

/* From the top of RAM to the deepest byte that was written; the heap grows towards it. */
static inline uint32_t stack_most(void) {
  const volatile uint8_t *p = (volatile uint8_t *)sbrk(0);
  while (*p == PAINT) p++;
  return (uint32_t)(__stack - (const char *)p);
}
#endif
