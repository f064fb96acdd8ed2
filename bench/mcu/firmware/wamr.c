/* The engine under WAMR: the fast interpreter where the module is Wasm, machine code where wamrc made it. */
#include <stdlib.h>
#include <string.h>

#include "wasm_export.h"

#include "runtime.h"

#define STACK_BYTES 8192

static wasm_module_inst_t instance;
static wasm_exec_env_t environment;
static wasm_function_inst_t functions[CALLS];

void runtime_start(void) {
  static char error[128];
  const uint32_t size = (uint32_t)(module_end - module_bytes);
  /* WAMR writes into the module while it loads it. */
  uint8_t *const copy = malloc(size);
  if (copy == NULL) fail("no memory for the module");
  memcpy(copy, module_bytes, size);
  if (!wasm_runtime_init()) fail("WAMR does not start");
  const wasm_module_t module = wasm_runtime_load(copy, size, error, sizeof error);
  if (module == NULL) fail(error);
  instance = wasm_runtime_instantiate(module, STACK_BYTES, 0, error, sizeof error);
  if (instance == NULL) fail(error);
  environment = wasm_runtime_create_exec_env(instance, STACK_BYTES);
  if (environment == NULL) fail("no execution environment");
  for (int i = 0; i < CALLS; i++) {
    functions[i] = wasm_runtime_lookup_function(instance, call_names[i], NULL);
    if (functions[i] == NULL) fail(call_names[i]);
  }
}

uint8_t *runtime_memory(void) {
  return wasm_runtime_addr_app_to_native(instance, 0);
}

uint32_t runtime_call(enum call which, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  static const uint32_t arity[CALLS] = {2, 4, 2, 2, 2};
  uint32_t values[4] = {a, b, c, d};
  if (!wasm_runtime_call_wasm(environment, functions[which], arity[which], values))
    fail(wasm_runtime_get_exception(instance));
  return values[0];
}
