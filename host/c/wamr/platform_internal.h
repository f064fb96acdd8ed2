/* WAMR on a bare machine with one thread: nothing of it but libc's headers. */
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

#ifndef SNN_WAMR_1 /* types that WAMR from 2.0 on names without using them */
typedef int korp_rwlock, os_file_handle, os_raw_file_handle, os_poll_file_handle, os_timespec;
typedef unsigned os_nfds_t;
typedef void *os_dir_stream;

static inline os_file_handle os_get_invalid_handle(void) {
  return -1;
}

static inline int os_getpagesize(void) {
  return 4096;
}
#endif
#endif
