/* Files that data.S embeds; a module that carries its model has none beside it, wasm2c has no module. */
#ifndef EMBEDDED_H
#define EMBEDDED_H
#include <stddef.h>
#include <stdint.h>

#include "snn.h" /* before its words are macros */

extern const uint8_t image_bytes[];
#ifdef MODEL
extern const uint8_t model_bytes[], model_end[];
#else
#define model_bytes ((const uint8_t *)NULL)
#define model_end ((const uint8_t *)NULL)
#endif
#ifdef MODULE
extern const uint8_t module_bytes[], module_end[];
#else
#define module_bytes ((const uint8_t *)NULL)
#define module_end ((const uint8_t *)NULL)
#endif
#ifdef GOLDEN
extern const uint8_t golden_bytes[], golden_end[];
#endif

/* What a program in app/ begins with: the runtime in its room, and the network. */
int firmware_start(uint32_t room_bytes);
int firmware_open(void);
/* Ends the program with a line where there is an error: fail.c. */
void check(int error);
#endif
