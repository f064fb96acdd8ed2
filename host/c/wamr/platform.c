/* What WAMR asks of a machine. Its memory is the room of snn_start; libc gives none. */
#include "platform_api_vmcore.h"
#include "wasm_export.h"

int bh_platform_init(void) {
  return 0;
}

void bh_platform_destroy(void) {}

void *os_malloc(unsigned size) {
  (void)size;
  return NULL;
}

void *os_realloc(void *block, unsigned size) {
  (void)block, (void)size;
  return NULL;
}

void os_free(void *block) {
  (void)block;
}

/* What WAMR prints it returns as well. */
int os_vprintf(const char *format, va_list values) {
  (void)format, (void)values;
  return 0;
}

int os_printf(const char *format, ...) {
  (void)format;
  return 0;
}

uint64 os_time_get_boot_microsecond(void) {
  return 0;
}

korp_tid os_self_thread(void) {
  return 0;
}

uint8 *os_thread_get_stack_boundary(void) {
  return NULL;
}

int os_mutex_init(korp_mutex *mutex) {
  (void)mutex;
  return 0;
}

int os_mutex_destroy(korp_mutex *mutex) {
  (void)mutex;
  return 0;
}

int os_mutex_lock(korp_mutex *mutex) {
  (void)mutex;
  return 0;
}

int os_mutex_unlock(korp_mutex *mutex) {
  (void)mutex;
  return 0;
}

/* All of these machines' RAM can be executed. */
#ifdef SNN_WAMR_1
void *os_mmap(void *hint, size_t size, int protection, int flags) {
#else
void *os_mmap(void *hint, size_t size, int protection, int flags, os_file_handle file) {
  (void)file;
#endif
  (void)hint, (void)protection, (void)flags;
  return wasm_runtime_malloc((unsigned)size);
}

void os_munmap(void *block, size_t size) {
  (void)size;
  wasm_runtime_free(block);
}

int os_mprotect(void *block, size_t size, int protection) {
  (void)block, (void)size, (void)protection;
  return 0;
}

void os_dcache_flush(void) {}

#ifndef SNN_WAMR_1
void *os_mremap(void *block, size_t old_size, size_t size) {
  (void)old_size;
  return wasm_runtime_realloc(block, (unsigned)size);
}

void os_icache_flush(void *start, size_t bytes) {
  (void)start, (void)bytes;
}

uint64 os_time_get_boot_us(void) {
  return 0;
}

uint64 os_time_thread_cputime_us(void) {
  return 0;
}

void os_thread_jit_write_protect_np(bool enabled) {
  (void)enabled;
}
#endif
