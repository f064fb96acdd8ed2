/* printf over the link, by a bounded buffer. */
#include <stdarg.h>
#include <stdio.h>

#include "link.h"

const char *decimal(uint64_t number) {
  static char digits[21];
  char *p = digits + sizeof digits - 1;
  do *--p = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  return p;
}

void link_print(const char *format, ...) {
  char line[LINE_BYTES];
  va_list arguments;
  va_start(arguments, format);
  const int wanted = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (wanted > 0) link_write(line, wanted < LINE_BYTES ? (uint32_t)wanted : LINE_BYTES - 1);
}
