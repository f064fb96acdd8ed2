/* The engine under wasm3 0.4.7, whose public API passes arguments as text only. */
#include "m3_env.h"
#include "wasm3.h"

#include "runtime.h"

#define STACK_BYTES 8192

static IM3Runtime runtime;
static IM3Function functions[CALLS];

static void check(M3Result result) {
  if (result) fail(result);
}

void runtime_start(void) {
  IM3Environment environment = m3_NewEnvironment();
  runtime = m3_NewRuntime(environment, STACK_BYTES, NULL);
  runtime->memoryLimit = MEMORY_BYTES;
  IM3Module module;
  check(m3_ParseModule(environment, &module, module_bytes, (uint32_t)(module_end - module_bytes)));
  check(m3_LoadModule(runtime, module));
  for (int i = 0; i < CALLS; i++) check(m3_FindFunction(&functions[i], runtime, call_names[i]));
}

uint8_t *runtime_memory(void) {
  uint32_t size;
  return m3_GetMemory(runtime, &size, 0);
}

uint32_t runtime_call(enum call which, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  const char *given[4];
  char text[4][12];
  const uint32_t values[4] = {a, b, c, d};
  const IM3Function function = functions[which];
  for (uint32_t i = 0; i < function->funcType->numArgs; i++) {
    utoa(values[i], text[i], 10);
    given[i] = text[i];
  }
  check(m3_CallWithArgs(function, function->funcType->numArgs, given));
  return *(uint32_t *)runtime->stack;
}
