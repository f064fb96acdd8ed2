/*
 * The engine under WAMR: interpreted where the module is Wasm, machine code where wamrc made it. All memory, also the
 * linear one, comes from the room; malloc is never called.
 */
#include <string.h>

#include "runtime.h"
#include "wasm_export.h"

static bool initialised;
static wasm_module_t loaded;
static wasm_module_inst_t instance;
static wasm_exec_env_t environment;
static wasm_function_inst_t functions[SNN_CALLS];
static char text[128];
#ifdef SNN_SHARED_HEAP
static wasm_shared_heap_t window;
#endif

const char *snn_runtime_text(void) {
  return text;
}

/* WAMR tells a lack of memory in words alone. */
static int refused(void) {
  return strstr(text, "alloc") != NULL ? SNN_ERROR_ROOM : SNN_ERROR_MODULE;
}

/* WAMR writes into Wasm while it loads it, and keeps pointers to it; machine code by wamrc it reads from flash. */
static uint8_t *readable(const uint8_t *module, uint32_t bytes) {
  if (bytes >= 4 && memcmp(module, "\0aot", 4) == 0) return (uint8_t *)(uintptr_t)module;
  uint8_t *const copy = wasm_runtime_malloc(bytes);
  if (copy != NULL) memcpy(copy, module, bytes);
  return copy;
}

int snn_runtime_start(const uint8_t *module, uint32_t module_bytes, uint8_t *room, uint32_t room_bytes) {
  static const char *const names[SNN_CALLS] = SNN_CALL_NAMES;
  RuntimeInitArgs given;
  text[0] = 0;
  if (module == NULL) return SNN_ERROR_ARGUMENT;
  /* Of so little WAMR would take more than there is. */
  if (room == NULL || room_bytes < 4096) return SNN_ERROR_ROOM;
  memset(&given, 0, sizeof given);
  given.mem_alloc_type = Alloc_With_Pool;
  given.mem_alloc_option.pool.heap_buf = room;
  given.mem_alloc_option.pool.heap_size = room_bytes;
  initialised = wasm_runtime_full_init(&given);
  if (!initialised) return SNN_ERROR_ROOM;
  uint8_t *const ready = readable(module, module_bytes);
  if (ready == NULL) return SNN_ERROR_ROOM;
  loaded = wasm_runtime_load(ready, module_bytes, text, sizeof text);
  if (loaded == NULL) return refused();
  instance = wasm_runtime_instantiate(loaded, SNN_STACK_BYTES, 0, text, sizeof text);
  if (instance == NULL) return refused();
  environment = wasm_runtime_create_exec_env(instance, SNN_STACK_BYTES);
  if (environment == NULL) return SNN_ERROR_ROOM;
  for (int i = 0; i < SNN_CALLS; i++) {
#ifdef SNN_WAMR_1 /* before 2.0 */
    functions[i] = wasm_runtime_lookup_function(instance, names[i], NULL);
#else
    functions[i] = wasm_runtime_lookup_function(instance, names[i]);
#endif
    if (functions[i] == NULL) return SNN_ERROR_MODULE;
  }
  return SNN_OK;
}

uint8_t *snn_runtime_memory(uint32_t *bytes) {
  *bytes = 0;
#ifdef SNN_WAMR_1
  uint32_t start, end;
  if (!wasm_runtime_get_app_addr_range(instance, 0, &start, &end)) return NULL;
#else
  uint64_t start, end;
  if (!wasm_runtime_get_app_addr_range(instance, 0, &start, &end)) return NULL;
#endif
  *bytes = (uint32_t)end;
  return wasm_runtime_addr_app_to_native(instance, 0);
}

int snn_runtime_map(const uint8_t *bytes, uint32_t count, uint32_t *address) {
#ifdef SNN_SHARED_HEAP /* from 2.3 on, where it is compiled in */
  SharedHeapInitArgs given;
  memset(&given, 0, sizeof given);
  /* The end of the address space, in pages of os_getpagesize; one byte more, so that what follows the model has an address. */
  given.size = (count + 4096u) & ~4095u;
  given.pre_allocated_addr = (void *)(uintptr_t)bytes;
  if (window != NULL) wasm_runtime_detach_shared_heap(instance);
  window = wasm_runtime_create_shared_heap(&given);
  if (window == NULL) return SNN_ERROR_ROOM;
  if (!wasm_runtime_attach_shared_heap(instance, window)) return SNN_ERROR_MEMORY;
  *address = 0u - given.size;
  return SNN_OK;
#else
  (void)bytes, (void)count, (void)address;
  return SNN_ERROR_PLACE;
#endif
}

int snn_runtime_call(enum snn_call which, const uint32_t *arguments, uint32_t *result) {
  static const uint32_t arity[SNN_CALLS] = SNN_CALL_ARITY;
  uint32_t values[4];
  memcpy(values, arguments, sizeof values);
  if (!wasm_runtime_call_wasm(environment, functions[which], arity[which], values)) {
    strncpy(text, wasm_runtime_get_exception(instance), sizeof text - 1);
    wasm_runtime_clear_exception(instance);
    return SNN_ERROR_TRAP;
  }
  *result = values[0];
  return SNN_OK;
}

void snn_runtime_stop(void) {
  if (environment != NULL) wasm_runtime_destroy_exec_env(environment);
  if (instance != NULL) wasm_runtime_deinstantiate(instance);
  if (loaded != NULL) wasm_runtime_unload(loaded);
  if (initialised) wasm_runtime_destroy();
  environment = NULL, instance = NULL, loaded = NULL, initialised = false;
#ifdef SNN_SHARED_HEAP
  window = NULL;
#endif
}
