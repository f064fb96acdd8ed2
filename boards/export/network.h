/*
 * The network of this library: its model is constant data, its memory a static array. snn_load, then snn_classify of snn.h.
 */
#ifndef SNN_NETWORK_H
#define SNN_NETWORK_H
#include "network-sizes.h"
#include "snn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* SNN_OK when the network is ready and computes what the tools computed; else an error for snn_error_text. */
int snn_load(void);

/* An image of SNN_IMAGE_BYTES bytes, and its class: what snn_load has checked the network with. */
extern const uint8_t *const snn_example_image;

#ifdef __cplusplus
}
#endif
#endif
