/* WAMR on a bare machine with one thread and picolibc. */
#ifndef PLATFORM_INTERNAL_H
#define PLATFORM_INTERNAL_H
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BH_PLATFORM_BARE
#define BH_APPLET_PRESERVED_STACK_SIZE 2048
#define BH_THREAD_DEFAULT_PRIORITY 0

typedef int korp_thread, korp_tid, korp_mutex, korp_sem, korp_cond;
#endif
