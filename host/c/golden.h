/*
 * Whether this machine computes what the tools computed: an image, and what every layer has to do with it.
 *
 *   0       4        8                          8 + 8·steps·layers
 *   ├───────┼────────┼──────────────────────────┼─────────────────┤   u32 each, little-endian; then the image.
 *   │ steps │ layers │ events, CRC-32  ⋯        │ image           │   tools/reference/golden-file.ts writes it.
 *   └───────┴────────┴──────────────────────────┴─────────────────┘   Per step, the layers in their order.
 */
#ifndef SNN_GOLDEN_H
#define SNN_GOLDEN_H
#include "snn.h"

/* Neurons that fired in the latest step, and the CRC-32 of which ones, how often: test/golden's "events:CRC". */
int snn_layer_events(uint32_t layer, uint32_t *events, uint32_t *crc);

struct snn_difference {
  uint32_t step, layer; /* from 1, from 0 */
};

/* Runs the golden image to its last step; SNN_ERROR_DIFFERS: `first` is where the spikes are others. After snn_open. */
int snn_self_check(const void *golden, uint32_t golden_bytes, struct snn_difference *first);
#endif
