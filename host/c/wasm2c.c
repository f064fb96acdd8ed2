/*
 * The engine as C by wasm2c 1.0.32, and the few functions of its runtime that the code needs, without signals and malloc.
 * The linear memory is the room, to the byte: it may end within a page.
 */
#include <setjmp.h>

#include "engine.h"
#include "runtime.h"

#define PAGE 65536u

static Z_snn_instance_t engine;
static uint8_t *linear;
static uint32_t linear_bytes;
static jmp_buf trapped;
static const char *text = "";

/* Of the code that wasm2c makes, which counts calls but never looks. */
uint32_t wasm_rt_call_stack_depth;

#ifdef WINDOW /* of access.h */
uint32_t snn_window, snn_window_bytes;
const uint8_t *snn_window_data;
#endif

#ifdef STATIC_MEMORY /* access.h reads it by name */
uint8_t linear_memory[MEMORY_BYTES] SNN_ALIGNED;
#endif

const char *snn_runtime_text(void) {
  return text;
}

void wasm_rt_trap(wasm_rt_trap_t code) {
  text = code == WASM_RT_TRAP_OOB ? "out of bounds" : "trap";
  longjmp(trapped, 1);
}

uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...) {
  (void)params, (void)results;
  return 0;
}

static void give(wasm_rt_memory_t *memory, uint32_t pages) {
  const uint64_t bytes = (uint64_t)pages * PAGE;
  memory->data = linear;
  memory->size = bytes < linear_bytes ? (uint32_t)bytes : linear_bytes;
  memory->pages = pages;
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages, uint32_t most) {
  give(memory, pages);
  memory->max_pages = most;
}

/* The last page may be short: the host asks for bytes, and looks how many there are. */
uint32_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint32_t more) {
  const uint32_t before = memory->pages;
  const uint32_t pages = linear_bytes / PAGE + (linear_bytes % PAGE != 0);
  if (more > memory->max_pages - before || before > pages || more > pages - before) return 0xffffffffu;
  give(memory, before + more);
  return before;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory) {
  (void)memory;
}

bool wasm_rt_is_initialized(void) {
  return true;
}

int snn_runtime_start(const uint8_t *module, uint32_t module_bytes, uint8_t *room, uint32_t room_bytes) {
  (void)module, (void)module_bytes;
#ifdef STATIC_MEMORY
  room = linear_memory, room_bytes = MEMORY_BYTES;
#endif
  if (room == NULL) return SNN_ERROR_ROOM;
  text = "";
  linear = room, linear_bytes = room_bytes;
  /* Wasm's memory starts as zeros. */
  for (uint32_t i = 0; i < room_bytes; i++) room[i] = 0;
  /* Its data segments are copied now, and trap where they do not fit. */
  if (setjmp(trapped) != 0) return SNN_ERROR_ROOM;
  Z_snn_init_module();
  Z_snn_instantiate(&engine);
  return SNN_OK;
}

uint8_t *snn_runtime_memory(uint32_t *bytes) {
  const wasm_rt_memory_t *const memory = Z_snnZ_memory(&engine);
  *bytes = (uint32_t)memory->size;
  return memory->data;
}

/* At the end of the address space, or, where a pointer has 32 bits, at the address that pointer arithmetic makes of it. */
int snn_runtime_map(const uint8_t *bytes, uint32_t count, uint32_t *address) {
#ifdef WINDOW
  snn_window = UINTPTR_MAX == 0xffffffffu ? (uint32_t)(uintptr_t)bytes - (uint32_t)(uintptr_t)linear : (0u - count) & ~15u;
  if (snn_window < linear_bytes) return SNN_ERROR_MEMORY;
  snn_window_data = bytes, snn_window_bytes = (count + 15u) & ~15u;
  *address = snn_window;
  return SNN_OK;
#else
  (void)bytes, (void)count, (void)address;
  return SNN_ERROR_PLACE;
#endif
}

int snn_runtime_call(enum snn_call which, const uint32_t *a, uint32_t *result) {
  if (setjmp(trapped) != 0) return SNN_ERROR_TRAP;
  switch (which) {
    case SNN_RESERVE: *result = Z_snnZ_reserve(&engine, a[0]); break;
    case SNN_MEASURE: *result = Z_snnZ_measure(&engine, a[0], a[1]); break;
    case SNN_OPEN: *result = Z_snnZ_open(&engine, a[0], a[1], a[2], a[3]); break;
    case SNN_BEGIN: Z_snnZ_begin(&engine, a[0], a[1]); break;
    case SNN_STEP: *result = Z_snnZ_step(&engine, a[0], a[1]); break;
    case SNN_DECIDE: Z_snnZ_decide(&engine, a[0], a[1]); break;
    case SNN_POSTERIOR: *result = Z_snnZ_posterior(&engine, a[0], a[1]); break;
    case SNN_EVIDENCE: *result = Z_snnZ_evidence(&engine, a[0], a[1]); break;
    case SNN_LAYER_STATE: *result = Z_snnZ_layerState(&engine, a[0], a[1]); break;
    case SNN_CALLS: return SNN_ERROR_TRAP;
  }
  return SNN_OK;
}

void snn_runtime_stop(void) {
  linear = NULL, linear_bytes = 0;
#ifdef WINDOW
  snn_window_bytes = 0;
#endif
}
