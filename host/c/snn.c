/* The order of calls, the places in linear memory and the texts: all that does not depend on the runtime. */
#include "snn.h"

#include <string.h>

#include "runtime.h"

#define ALIGN(x) (((x) + 15u) & ~15u)

enum stage { STOPPED, STARTED, OPENED, BEGUN, STEPPED };

static enum stage stage;
static struct snn_network network;
/* The model where it is read in place. */
static const uint8_t *in_place;

static int call(enum snn_call which, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t *result) {
  const uint32_t arguments[4] = {a, b, c, d};
  return snn_runtime_call(which, arguments, result);
}

/* `bytes` bytes at `address` in linear memory, or NULL where they are not inside. */
static uint8_t *at(uint32_t address, uint32_t bytes) {
  uint32_t size;
  uint8_t *const memory = snn_runtime_memory(&size);
  return memory == NULL || bytes > size || address > size - bytes ? NULL : memory + address;
}

static const uint8_t *readable(uint32_t address, uint32_t bytes) {
  if (stage == STOPPED) return NULL;
  const uint32_t offset = address - network.model;
  return in_place != NULL && offset <= network.model_bytes - bytes ? in_place + offset : at(address, bytes);
}

uint16_t snn_u16(uint32_t address) {
  const uint8_t *const p = readable(address, 2);
  return p == NULL ? 0 : (uint16_t)(p[0] | p[1] << 8);
}

uint32_t snn_u32(uint32_t address) {
  const uint8_t *const p = readable(address, 4);
  return p == NULL ? 0 : p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int snn_start(const void *module, uint32_t module_bytes, void *room, uint32_t room_bytes) {
  if (stage != STOPPED) return SNN_ERROR_ORDER;
  if (((uintptr_t)room & 15u) != 0) return SNN_ERROR_ALIGNMENT;
  const int error = snn_runtime_start(module, module_bytes, room, room_bytes);
  if (error != SNN_OK) {
    snn_runtime_stop();
    return error;
  }
  stage = STARTED;
  return SNN_OK;
}

/* Where the host's memory begins once it has `bytes`; SNN_ERROR_MEMORY also where the runtime gives less than a page. */
static int reserve(uint64_t bytes, uint32_t *base) {
  if (bytes > 0xffffffffu) return SNN_ERROR_MEMORY;
  const int error = call(SNN_RESERVE, (uint32_t)bytes, 0, 0, 0, base);
  if (error != SNN_OK) return error;
  return *base == 0 || at(*base, (uint32_t)bytes) == NULL ? SNN_ERROR_MEMORY : SNN_OK;
}

/* The network's sizes, from the NET record of a model that the engine has accepted. */
static void read_sizes(void) {
  const uint32_t net = network.model + snn_u32(network.model + SNN_HEADER_OFFSETS + 4 * SNN_SECTION_NET);
  network.image_bytes = (uint32_t)snn_u16(net + SNN_NET_CHANNELS) * snn_u16(net + SNN_NET_HEIGHT) *
                        snn_u16(net + SNN_NET_WIDTH);
  network.layers = snn_u16(net + SNN_NET_LAYERS);
  network.exits = snn_u16(net + SNN_NET_EXITS);
  network.classes = snn_u16(net + SNN_NET_CLASSES);
}

/* Puts the model where the host's memory begins, unless it is there. */
static int place_model(const void *model, uint32_t bytes) {
  const int error = reserve(model == NULL ? SNN_HEADER_BYTES : bytes, &network.model);
  if (error != SNN_OK) return error;
  if (model != NULL) {
    memcpy(at(network.model, bytes), model, bytes);
    network.model_bytes = bytes;
    return SNN_OK;
  }
  if (snn_u32(network.model) != SNN_MAGIC) return SNN_ERROR_ARGUMENT;
  network.model_bytes = snn_u32(network.model + SNN_HEADER_FILE_BYTES);
  return at(network.model, network.model_bytes) == NULL ? SNN_ERROR_MEMORY : SNN_OK;
}

/* The arena at `net`, then the image; the host's memory begins at `base`. */
static int open_network(uint32_t net, uint32_t base) {
  uint32_t result;
  int error = call(SNN_MEASURE, network.model, network.model_bytes, 0, 0, &result);
  if (error != SNN_OK) return error;
  if ((int32_t)result < 0) return -(int32_t)result;
  read_sizes();
  network.net = net;
  network.net_bytes = result;
  network.image = network.net + network.net_bytes;
  const uint64_t end = (uint64_t)network.image + network.image_bytes;
  error = reserve(end - base, &result);
  if (error != SNN_OK) return error;
  snn_runtime_memory(&network.memory_bytes);
  error = call(SNN_OPEN, network.model, network.model_bytes, network.net, network.net_bytes, &result);
  if (error != SNN_OK) return error;
  if (result != SNN_STATUS_OK) return (int)result;
  stage = OPENED;
  return SNN_OK;
}

int snn_open(const void *model, uint32_t model_bytes) {
  if (stage != STARTED) return SNN_ERROR_ORDER;
  if ((model == NULL) != (model_bytes == 0)) return SNN_ERROR_ARGUMENT;
  const int error = place_model(model, model_bytes);
  if (error != SNN_OK) return error;
  return open_network(ALIGN(network.model + network.model_bytes), network.model);
}

int snn_open_in_place(const void *model, uint32_t model_bytes) {
  uint32_t base;
  if (stage != STARTED) return SNN_ERROR_ORDER;
  if (model == NULL) return SNN_ERROR_ARGUMENT;
  if (((uintptr_t)model & 15u) != 0) return SNN_ERROR_ALIGNMENT;
  /* The engine reads the header before it knows the size. */
  if (model_bytes < SNN_HEADER_BYTES) return SNN_STATUS_TRUNCATED;
  int error = reserve(0, &base);
  if (error == SNN_OK) error = snn_runtime_map(model, model_bytes, &network.model);
  if (error != SNN_OK) return error;
  in_place = model, network.model_bytes = model_bytes;
  error = open_network(base, base);
  if (error != SNN_OK) in_place = NULL;
  return error;
}

int snn_begin(const uint8_t *image, uint32_t image_bytes) {
  uint32_t ignored;
  if (stage < OPENED) return SNN_ERROR_ORDER;
  if (image == NULL || image_bytes != network.image_bytes) return SNN_ERROR_ARGUMENT;
  memcpy(at(network.image, image_bytes), image, image_bytes);
  stage = BEGUN;
  return call(SNN_BEGIN, network.net, network.image, 0, 0, &ignored);
}

int snn_step(int may_stop, int *done) {
  uint32_t result;
  if (stage < BEGUN) return SNN_ERROR_ORDER;
  if (done == NULL) return SNN_ERROR_ARGUMENT;
  const int error = call(SNN_STEP, network.net, may_stop != 0, 0, 0, &result);
  if (error != SNN_OK) return error;
  stage = STEPPED;
  *done = result != 0;
  return SNN_OK;
}

int snn_decide(uint32_t exit) {
  uint32_t ignored;
  if (stage < STEPPED) return SNN_ERROR_ORDER;
  if (exit >= network.exits) return SNN_ERROR_ARGUMENT;
  return call(SNN_DECIDE, network.net, exit, 0, 0, &ignored);
}

int snn_answer(struct snn_answer *answer) {
  if (stage < STEPPED) return SNN_ERROR_ORDER;
  if (answer == NULL) return SNN_ERROR_ARGUMENT;
  answer->label = snn_u32(network.net + SNN_RUN_CLASS);
  answer->margin = (int32_t)snn_u32(network.net + SNN_RUN_MARGIN);
  answer->exit = snn_u32(network.net + SNN_RUN_EXIT);
  answer->step = snn_u32(network.net + SNN_RUN_STEP);
  return call(SNN_POSTERIOR, network.net, answer->label, 0, 0, &answer->posterior);
}

int snn_posterior(uint32_t label, uint32_t *posterior) {
  if (stage < STEPPED) return SNN_ERROR_ORDER;
  if (posterior == NULL || label >= network.classes) return SNN_ERROR_ARGUMENT;
  return call(SNN_POSTERIOR, network.net, label, 0, 0, posterior);
}

int snn_classify(const uint8_t *image, uint32_t image_bytes, struct snn_answer *answer) {
  int done = 0;
  int error = snn_begin(image, image_bytes);
  while (error == SNN_OK && !done) error = snn_step(1, &done);
  return error != SNN_OK ? error : snn_answer(answer);
}

int snn_network(struct snn_network *out) {
  if (stage < OPENED) return SNN_ERROR_ORDER;
  if (out == NULL) return SNN_ERROR_ARGUMENT;
  *out = network;
  return SNN_OK;
}

int snn_layer(uint32_t layer, uint32_t *state) {
  if (stage < OPENED) return SNN_ERROR_ORDER;
  if (state == NULL || layer >= network.layers) return SNN_ERROR_ARGUMENT;
  return call(SNN_LAYER_STATE, network.net, layer, 0, 0, state);
}

int snn_evidence(uint32_t exit, uint32_t *counts) {
  if (stage < OPENED) return SNN_ERROR_ORDER;
  if (counts == NULL || exit >= network.exits) return SNN_ERROR_ARGUMENT;
  return call(SNN_EVIDENCE, network.net, exit, 0, 0, counts);
}

void snn_stop(void) {
  if (stage == STOPPED) return;
  snn_runtime_stop();
  stage = STOPPED, in_place = NULL;
}

const char *snn_error_text(int error) {
  switch (error) {
    case SNN_OK: return "no error";
    case SNN_STATUS_TRUNCATED: return "size: the file is truncated; copy it again";
    case SNN_STATUS_MAGIC: return "magic: this is not a .snn file; make one with snn convert";
    case SNN_STATUS_VERSION: return "version: packed for another engine; make it anew with snn convert";
    case SNN_STATUS_SIZE: return "size: the file is longer than its header says; copy it again";
    case SNN_STATUS_CRC: return "CRC: the file is damaged; copy it or pack it again";
    case SNN_STATUS_SECTION: return "sections: they overlap or leave the file; make it anew with snn convert";
    case SNN_STATUS_NET: return "network: a field is out of range; make it anew with snn convert";
    case SNN_STATUS_LAYER: return "layers: a field is out of range; make it anew with snn convert";
    case SNN_STATUS_PROJECTION:
      return "projections: they do not fit their layers; make it anew with snn convert";
    case SNN_STATUS_ARENA: return "memory: the network needs more than there is; use a smaller one";
    case SNN_ERROR_ORDER:
      return "order: called too early or twice; call snn_start, snn_open, snn_begin, snn_step, in this order";
    case SNN_ERROR_ARGUMENT:
      return "argument: a null pointer, a size that is not the network's, or no such exit or layer";
    case SNN_ERROR_ALIGNMENT: return "alignment: room and model in place must start on a multiple of 16; declare them SNN_ALIGNED";
    case SNN_ERROR_ROOM: return "room: the runtime needs more; snn inspect tells how much";
    case SNN_ERROR_MEMORY:
      return "linear memory: model, arena and image do not fit; give more room or make the module with snn bundle --core";
    case SNN_ERROR_MODULE: return "module: the runtime refuses it, or it is not an engine; build it again";
    case SNN_ERROR_TRAP: return "trap: the engine stopped; the module or its memory was changed";
    case SNN_ERROR_PLACE:
      return "place: this runtime reads nothing outside of its memory; use snn_open, or wasm2c with access.h, or WAMR from 2.3 on";
    case SNN_ERROR_DIFFERS:
      return "self-check: a layer fires otherwise than it should; build the firmware again, then suspect RAM, flash or clock";
    default: return "unknown to this host; update it";
  }
}
