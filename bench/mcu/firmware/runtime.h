/* What a Wasm runtime offers the bench: an instance of the engine, its memory and its calls. */
#ifndef RUNTIME_H
#define RUNTIME_H
#include <stdint.h>

enum call { MEASURE, OPEN, BEGIN, STEP, LAYER_STATE, CALLS };

static const char *const call_names[CALLS] = {"measure", "open", "begin", "step", "layerState"};

/* Bytes that data.S embeds. */
extern const uint8_t model_bytes[], model_end[], image_bytes[], module_bytes[], module_end[];

void runtime_start(void);
uint8_t *runtime_memory(void);
/* Further arguments are ignored by calls that take fewer; a call without a result returns anything. */
uint32_t runtime_call(enum call which, uint32_t a, uint32_t b, uint32_t c, uint32_t d);

/* Prints `message` and ends the program with failure. */
void fail(const char *message) __attribute__((noreturn));
#endif
