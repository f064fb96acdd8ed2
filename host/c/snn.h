/*
 * A spiking network in a C program, under WAMR, wasm3 or wasm2c. One network per program, one thread. What is called,
 * in which order, and who owns which memory: docs/abi.md. Nothing is allocated after snn_open, nothing ever traps: every
 * function that can fail returns SNN_OK or an error.
 */
#ifndef SNN_H
#define SNN_H
#include <stddef.h>
#include <stdint.h>

#include "constants.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Errors 1 to 63 are the engine's, SNN_STATUS_… of constants.h: it refuses the model. */
enum snn_error {
  SNN_OK = 0,
  SNN_ERROR_ORDER = 64, /* called before what must come first, or twice */
  SNN_ERROR_ARGUMENT,   /* a null pointer, an image of another size, an exit or layer that is not there */
  SNN_ERROR_ALIGNMENT,  /* the room, or a model in place, must start on 16 bytes */
  SNN_ERROR_ROOM,       /* the runtime needs more room or heap than it has */
  SNN_ERROR_MEMORY,     /* model, arena and image do not fit the linear memory */
  SNN_ERROR_MODULE,     /* the runtime refuses the module, or it is not an engine */
  SNN_ERROR_TRAP,       /* the engine trapped: a module that was changed */
  SNN_ERROR_PLACE,      /* this runtime reads nothing outside of linear memory */
  SNN_ERROR_DIFFERS     /* the self-check: other spikes than the tools computed */
};

/* What the error means and what to do, in English; never NULL. */
const char *snn_error_text(int error);

/* The runtime's own words for the latest SNN_ERROR_MODULE or SNN_ERROR_TRAP, or "". */
const char *snn_runtime_text(void);

/* For what is given as `room`. */
#define SNN_ALIGNED __attribute__((aligned(16)))

/*
 * Starts the runtime with the engine, which must stay readable until snn_stop. `room` is all memory that WAMR gets, and
 * with wasm2c the linear memory itself; wasm3 takes its memory from malloc, now and in snn_open, and needs none.
 * wasm2c has the module compiled in and takes NULL and 0.
 */
int snn_start(const void *module, uint32_t module_bytes, void *room, uint32_t room_bytes);

/*
 * Checks the model, a .snn file, and lays the network out. The file is copied into linear memory and not needed again.
 * NULL and 0: the module carries it (snn bundle --core).
 */
int snn_open(const void *model, uint32_t model_bytes);

/*
 * The same, but the model is read where it lies, in flash for example: nothing is copied, nothing is written there. It starts
 * on 16 bytes and stays until snn_stop. wasm2c with access.h and WAMR from 2.3 on can; the others return SNN_ERROR_PLACE.
 */
int snn_open_in_place(const void *model, uint32_t model_bytes);

/* Starts an image, u8 [height][width][channel], which is copied. */
int snn_begin(const uint8_t *image, uint32_t image_bytes);

/* One time step. `*done` becomes 1 when the answer is final. `may_stop` = 0: no stop margin ends the run, every layer runs. */
int snn_step(int may_stop, int *done);

/* Answers from exits 0..exit at the present step; snn_step has done so for the exit that it reached. */
int snn_decide(uint32_t exit);

struct snn_answer {
  uint32_t label;     /* the class, from 0 */
  uint32_t posterior; /* of SNN_POSTERIOR_ONE */
  int32_t margin;     /* lead over the runner-up, in the unit of the stop table */
  uint32_t exit;      /* the answer stands on the evidence of exits 0..exit */
  uint32_t step;      /* time steps run */
};

/* The latest decision. */
int snn_answer(struct snn_answer *answer);

/* How sure the latest decision is of a class, of SNN_POSTERIOR_ONE. */
int snn_posterior(uint32_t label, uint32_t *posterior);

/* snn_begin, snn_step until done, snn_answer. */
int snn_classify(const uint8_t *image, uint32_t image_bytes, struct snn_answer *answer);

/* Where things are in linear memory, and how many; after snn_open. */
struct snn_network {
  uint32_t model, model_bytes;
  uint32_t net, net_bytes; /* the arena; its first SNN_RUN_BYTES are the run's state */
  uint32_t image, image_bytes;
  uint32_t memory_bytes; /* end of the linear memory that the runtime gives */
  uint32_t layers, exits, classes;
};
int snn_network(struct snn_network *network);

/* The record of a layer, SNN_STATE_… of constants.h, as an address in linear memory. */
int snn_layer(uint32_t layer, uint32_t *state);

/* i32 [class] of an exit, as an address in linear memory. */
int snn_evidence(uint32_t exit, uint32_t *counts);

/* Reads little-endian words; 0 outside of the linear memory and a model in place. */
uint16_t snn_u16(uint32_t address);
uint32_t snn_u32(uint32_t address);

/* Ends the runtime and frees what it had; then snn_start may be called again. */
void snn_stop(void);

#ifdef __cplusplus
}
#endif
#endif
