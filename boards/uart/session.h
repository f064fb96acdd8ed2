/*
 * The other side of a UART: text commands of MLPerf Tiny (text.c) and frames (frames.h), both at any time. Every byte that
 * comes goes to session_byte; answers leave by link.h. Nothing is allocated; a byte too much is dropped, never written.
 */
#ifndef SESSION_H
#define SESSION_H
#include "snn.h"

/* The largest image that can be received; the firmware knows its network's. */
#ifndef IMAGE_BYTES
#define IMAGE_BYTES (1u << 16)
#endif

/* After snn_open, with its error; where it is one, every command is answered with it. */
void session_start(int error, const char *name);
void session_byte(uint8_t byte);
/* While no byte comes: half a frame is given up after a second. */
void session_idle(void);

/* What profile% answers as the model; the benchmark's runner picks its test by it: ic01. */
#ifndef MODEL_NAME
#define MODEL_NAME "snn"
#endif

/* A command of text.c without its %, as a string that may be changed. */
void text_command(char *command);
void text_error(const char *what);

/* What text.c and frames.c share. */
extern struct snn_network session_network;
extern const char *session_name;
/* Of snn_open, or the self-check. */
extern int session_error;

/* `count` inferences of an image; `answer` and spikes are the last one's, `*ticks` of all, by link_count. */
int session_classify(const uint8_t *image, uint32_t count, struct snn_answer *answer, uint64_t *ticks);
#endif
