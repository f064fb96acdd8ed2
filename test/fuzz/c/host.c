/*
 * host/c with a model that nobody vouches for and calls in any order, built with sanitizers: host < INPUT
 * INPUT: u32 bytes of the model, the model, then a byte for every call. Says what snn_open answered, then class, posterior,
 * margin, exit and step of an image of which every pixel is a number of its place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime.h"
#include "snn.h"

#define ROOM (2u << 20)

static uint8_t room[ROOM] SNN_ALIGNED;

static uint32_t word(const uint8_t *p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* None of them may do more than return an error. */
static void any_call(uint8_t what, uint32_t number, const uint8_t *image, uint32_t image_bytes) {
  struct snn_answer answer;
  struct snn_network network;
  uint32_t value;
  int done;
  switch (what % 12) {
    case 0: snn_begin(image, what % 3 == 0 ? number : image_bytes); break;
    case 1: snn_step((int)(number & 1), &done); break;
    case 2: snn_decide(what % 3 == 0 ? number : number % 4); break;
    case 3: snn_answer(&answer); break;
    case 4: snn_posterior(number, &value); break;
    case 5: snn_layer(number, &value); break;
    case 6: snn_evidence(number, &value); break;
    case 7: snn_u16(number), snn_u32(number); break;
    case 8: snn_network(&network); break;
    case 9: snn_open(image, image_bytes); break;
    case 10: snn_step(1, NULL), snn_answer(NULL), snn_begin(NULL, 1); break;
    default: (void)snn_error_text((int)number); break;
  }
}

int main(void) {
  static uint8_t in[1 << 20];
  const uint32_t all = (uint32_t)fread(in, 1, sizeof in, stdin);
  if (all < 4 || word(in) > all - 4) return 1;
  const uint32_t bytes = word(in);
  /* Of its very size, so that a byte behind it is seen. */
  uint8_t *const model = malloc(bytes == 0 ? 1 : bytes);
  memcpy(model, in + 4, bytes);
  for (int open = 0; open < 2; open++) {
    if (open && snn_start(NULL, 0, room, sizeof room) != SNN_OK) return 2;
    const int error = open ? snn_open(model, bytes) : SNN_OK;
    struct snn_network network = {0};
    if (open && error == SNN_OK) snn_network(&network);
    uint8_t *const image = malloc(network.image_bytes + 1);
    for (uint32_t i = 0; i < network.image_bytes; i++) image[i] = (uint8_t)(i * 0x9e3779b1u >> 24);
    uint32_t number = 7;
    for (uint32_t at = 4 + bytes; at < all; at++) {
      number = number * 1664525u + 1013904223u;
      any_call(in[at], in[at] & 64 ? number : number >> 30, image, network.image_bytes);
    }
    if (open) {
      struct snn_answer answer;
      printf("%d", error);
      if (error == SNN_OK && snn_classify(image, network.image_bytes, &answer) == SNN_OK)
        printf(" %u %u %d %u %u", answer.label, answer.posterior, answer.margin, answer.exit, answer.step);
      printf("\n");
    }
    free(image);
  }
  snn_stop();
  free(model);
  return 0;
}
