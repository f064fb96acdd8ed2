/*
 * The engine under wasm3, from 0.5.0 on by its public API alone. 0.4.7 has no public call that returns a result or compiles
 * ahead, so there its m3_env.h is included for these two. All memory comes from malloc, before snn_open returns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime.h"
#include "wasm3.h"

#define PUBLIC (M3_VERSION_MAJOR > 0 || M3_VERSION_MINOR > 4)
#if !PUBLIC
#include "m3_compile.h"
#include "m3_env.h"
#endif

/*
 * More than parsing and compiling the engine take. wasm3 writes past its own blocks where an allocation fails in
 * between, so it starts neither unless there is as much.
 */
#define PARSE_BYTES (4096 * sizeof(void *))
#define COMPILE_BYTES (11264 * sizeof(void *))

static IM3Environment environment;
static IM3Runtime runtime;
static IM3Function functions[SNN_CALLS];
static M3Result trouble;

const char *snn_runtime_text(void) {
  return trouble == NULL ? "" : trouble;
}

static int refused(void) {
  return trouble == m3Err_mallocFailed || trouble == m3Err_mallocFailedCodePage ? SNN_ERROR_ROOM
                                                                                 : SNN_ERROR_MODULE;
}

static int has(size_t bytes) {
  void *const block = malloc(bytes);
  free(block);
  return block != NULL;
}

/* Whether the sections fill the module: wasm3 reads on behind the end of one that was cut off. */
static int is_whole(const uint8_t *module, uint32_t bytes) {
  uint32_t at = 8;
  if (bytes < 8 || memcmp(module, "\0asm\1\0\0", 8) != 0) return 0;
  while (at < bytes) {
    uint32_t length = 0, shift = 0;
    for (at++; at < bytes && module[at] > 127 && shift < 28; shift += 7) length |= (module[at++] & 127u) << shift;
    if (at == bytes) return 0;
    length |= (uint32_t)module[at++] << shift;
    if (length > bytes - at) return 0;
    at += length;
  }
  return 1;
}

/* wasm3 compiles a function when it is first called; nothing is to be allocated then. */
static M3Result compile(IM3Module module) {
#if PUBLIC
  return m3_CompileModule(module);
#else
  for (uint32_t i = 0; i < module->numFunctions; i++) {
    M3Function *const function = &module->functions[i];
    const M3Result result = function->compiled == NULL ? Compile_Function(function) : NULL;
    if (result != NULL) return result;
  }
  return NULL;
#endif
}

int snn_runtime_start(const uint8_t *module, uint32_t module_bytes, uint8_t *room, uint32_t room_bytes) {
  static const char *const names[SNN_CALLS] = SNN_CALL_NAMES;
  IM3Module parsed;
  (void)room, (void)room_bytes;
  trouble = NULL;
  if (module == NULL) return SNN_ERROR_ARGUMENT;
  if (!is_whole(module, module_bytes)) return SNN_ERROR_MODULE;
  environment = m3_NewEnvironment();
  if (environment == NULL) return SNN_ERROR_ROOM;
  runtime = m3_NewRuntime(environment, SNN_STACK_BYTES, NULL);
  if (runtime == NULL) return SNN_ERROR_ROOM;
  if (!has(PARSE_BYTES)) return SNN_ERROR_ROOM;
  trouble = m3_ParseModule(environment, &parsed, module, module_bytes);
  if (trouble != NULL) return refused();
  trouble = m3_LoadModule(runtime, parsed);
  if (trouble != NULL) {
    m3_FreeModule(parsed);
    return refused();
  }
  if (!has(COMPILE_BYTES)) return SNN_ERROR_ROOM;
  trouble = compile(parsed);
  for (int i = 0; trouble == NULL && i < SNN_CALLS; i++)
    trouble = m3_FindFunction(&functions[i], runtime, names[i]);
  return trouble == NULL ? SNN_OK : refused();
}

uint8_t *snn_runtime_memory(uint32_t *bytes) {
  return m3_GetMemory(runtime, bytes, 0);
}

int snn_runtime_map(const uint8_t *bytes, uint32_t count, uint32_t *address) {
  (void)bytes, (void)count, (void)address;
  return SNN_ERROR_PLACE;
}

int snn_runtime_call(enum snn_call which, const uint32_t *arguments, uint32_t *result) {
  static const uint32_t arity[SNN_CALLS] = SNN_CALL_ARITY;
  const IM3Function function = functions[which];
#if PUBLIC
  const void *given[4];
  for (uint32_t i = 0; i < arity[which]; i++) given[i] = &arguments[i];
  trouble = m3_Call(function, arity[which], given);
  if (trouble != NULL) return SNN_ERROR_TRAP;
  if (m3_GetRetCount(function) == 0) return SNN_OK;
  const void *out[1] = {result};
  trouble = m3_GetResults(function, 1, out);
  return trouble == NULL ? SNN_OK : SNN_ERROR_TRAP;
#else
  const char *given[4];
  char text[4][12];
  for (uint32_t i = 0; i < arity[which]; i++) {
    snprintf(text[i], sizeof text[i], "%lu", (unsigned long)arguments[i]);
    given[i] = text[i];
  }
  trouble = m3_CallWithArgs(function, arity[which], given);
  if (trouble != NULL) return SNN_ERROR_TRAP;
  *result = *(uint32_t *)runtime->stack;
  return SNN_OK;
#endif
}

void snn_runtime_stop(void) {
  if (runtime != NULL) m3_FreeRuntime(runtime);
  if (environment != NULL) m3_FreeEnvironment(environment);
  runtime = NULL, environment = NULL;
}
