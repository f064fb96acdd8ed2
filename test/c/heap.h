/* Counts what is allocated, and ends where it is told: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free */
#include <malloc.h>
#include <stdlib.h>

static size_t heap, heap_most, heap_limit = -1ul;
static unsigned long allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);

static void *counted(void *block) {
  allocations++;
  heap += block == NULL ? 0 : malloc_usable_size(block);
  if (heap > heap_most) heap_most = heap;
  return block;
}

void *__wrap_malloc(size_t size) {
  return heap + size > heap_limit ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size) {
  return heap + count * size > heap_limit ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size) {
  if (heap + size > heap_limit) return NULL;
  heap -= block == NULL ? 0 : malloc_usable_size(block);
  return counted(__real_realloc(block, size));
}

void __wrap_free(void *block) {
  heap -= block == NULL ? 0 : malloc_usable_size(block);
  __real_free(block);
}
