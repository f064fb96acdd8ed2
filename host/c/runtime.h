/* What snn.c asks of a Wasm runtime; wamr.c, wasm3.c and wasm2c.c answer, one of them is linked. */
#ifndef SNN_RUNTIME_H
#define SNN_RUNTIME_H
#include "snn.h"

enum snn_call {
  SNN_RESERVE,
  SNN_MEASURE,
  SNN_OPEN,
  SNN_BEGIN,
  SNN_STEP,
  SNN_DECIDE,
  SNN_POSTERIOR,
  SNN_EVIDENCE,
  SNN_LAYER_STATE,
  SNN_CALLS
};

#define SNN_CALL_NAMES \
  { "reserve", "measure", "open", "begin", "step", "decide", "posterior", "evidence", "layerState" }
#define SNN_CALL_ARITY \
  { 1, 2, 4, 2, 2, 2, 2, 2, 2 }

/* Wasm's own stack, of the engine's calls and locals; what it needs is in docs/abi.md. */
#ifndef SNN_STACK_BYTES
#define SNN_STACK_BYTES 4096
#endif

int snn_runtime_start(const uint8_t *module, uint32_t module_bytes, uint8_t *room, uint32_t room_bytes);
/* The linear memory; it may move in calls that reserve. */
uint8_t *snn_runtime_memory(uint32_t *bytes);
/* Makes bytes outside of linear memory readable, at an address of the runtime's choice; SNN_ERROR_PLACE where none can be. */
int snn_runtime_map(const uint8_t *bytes, uint32_t count, uint32_t *address);
/* SNN_OK or SNN_ERROR_TRAP; calls without a result leave anything in `*result`. */
int snn_runtime_call(enum snn_call which, const uint32_t *arguments, uint32_t *result);
void snn_runtime_stop(void);
#endif
