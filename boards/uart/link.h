/* What the parser asks of a machine: bytes out, the time, and how it is told. A board's is listen.c, Linux' is here.c. */
#ifndef LINK_H
#define LINK_H
#include <stdint.h>

void link_write(const void *bytes, uint32_t count);
/* In the unit that link_unit names; it never wraps. */
uint64_t link_count(void);
const char *link_unit(void);
/* The same clock for timestamp%. */
uint64_t link_microseconds(void);

/* A formatted line of at most LINE_BYTES, cut there. */
#define LINE_BYTES 200
void link_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* In decimal digits; small printf have no 64 bits. The text stands until the next call. */
const char *decimal(uint64_t number);
#endif
