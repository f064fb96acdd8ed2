/* The engine as C by wasm2c 1.0.32; the few functions of its runtime that the code needs, without libc's signals. */
#include "engine.h"

#include "runtime.h"

uint8_t linear_memory[MEMORY_BYTES] __attribute__((aligned(16)));
uint32_t wasm_rt_call_stack_depth;
static Z_snn_instance_t engine;

void wasm_rt_trap(wasm_rt_trap_t code) {
  fail(code == WASM_RT_TRAP_OOB ? "trap: out of bounds" : "trap");
}

uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...) {
  (void)params, (void)results;
  return 0;
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages, uint32_t most) {
  (void)pages;
  memory->data = linear_memory;
  memory->size = MEMORY_BYTES;
  memory->pages = memory->max_pages = most;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory) {
  (void)memory;
}

bool wasm_rt_is_initialized(void) {
  return true;
}

void runtime_start(void) {
  Z_snn_init_module();
  Z_snn_instantiate(&engine);
}

uint8_t *runtime_memory(void) {
  return linear_memory;
}

uint32_t runtime_call(enum call which, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  switch (which) {
    case MEASURE: return Z_snnZ_measure(&engine, a, b);
    case OPEN: return Z_snnZ_open(&engine, a, b, c, d);
    case BEGIN: Z_snnZ_begin(&engine, a, b); return 0;
    case STEP: return Z_snnZ_step(&engine, a, b);
    case LAYER_STATE: return Z_snnZ_layerState(&engine, a, b);
    default: fail("no such call");
  }
}
