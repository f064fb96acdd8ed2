/* The runtime in its room and the model where it is meant to be: what the programs beside this have in common. */
#include "embedded.h"
#include "snn.h"

static uint8_t room[ROOM_BYTES + 1] SNN_ALIGNED;

int firmware_start(uint32_t room_bytes) {
  return snn_start(module_bytes, (uint32_t)(module_end - module_bytes), room, room_bytes);
}

int firmware_open(void) {
  const uint32_t bytes = (uint32_t)(model_end - model_bytes);
#ifdef IN_PLACE
  return snn_open_in_place(model_bytes, bytes);
#else
  return snn_open(model_bytes, bytes);
#endif
}
