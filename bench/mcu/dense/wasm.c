/* The twin's module as C by wasm2c, with the loads and stores of access.h. */
#include <string.h>

#include "dense.h"
#include "engine.h"
#include "machine.h"

#define AT 16u

static Z_snn_instance_t module;
uint8_t linear_memory[MEMORY_BYTES] __attribute__((aligned(16)));
uint32_t wasm_rt_call_stack_depth;

void wasm_rt_trap(wasm_rt_trap_t code) {
  (void)code;
  machine_failed("trap");
  for (;;) {}
}

uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...) {
  (void)params, (void)results;
  return 0;
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages, uint32_t most) {
  memory->data = linear_memory, memory->size = MEMORY_BYTES, memory->pages = pages, memory->max_pages = most;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory) {
  (void)memory;
}

bool wasm_rt_is_initialized(void) {
  return true;
}

void dense_start(const uint8_t *twin, uint32_t bytes) {
  Z_snn_init_module();
  Z_snn_instantiate(&module);
  memcpy(linear_memory + AT, twin, bytes);
}

/* The copy of the image counts, as snn_begin's does. */
const int32_t *dense(const uint8_t *image) {
  memcpy(linear_memory + AT + IMAGE_AT, image, IMAGE_BYTES);
  return (const int32_t *)(linear_memory + Z_snnZ_run(&module, AT, AT + IMAGE_AT));
}
