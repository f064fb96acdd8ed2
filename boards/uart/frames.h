/*
 * Frames: images as bytes, in place of two hexadecimal digits each, both ways alike. Little-endian.
 *
 *   0       2      3    4        8            8 + length
 *   ├───────┼──────┼────┼────────┼────────────┼────────┤   magic d3 4e: "SN" with its first high bit, which no command has
 *   │ magic │ type │ id │ length │ payload    │ CRC-32 │   id: the answer's is the question's
 *   └───────┴──────┴────┴────────┴────────────┴────────┘   CRC of all between the magic and itself
 *
 * To the board: QUERY; IMAGE and TRACE with an image. From it: NETWORK; ANSWER; of a trace a STEP each, then ANSWER; ERROR.
 * The length of each type is known, so a damaged header is seen at once. After a frame that is damaged the board looks for
 * the next magic in all that it has of it: the next good frame is answered, even if the bad one was cut short. Where nothing
 * comes for a second, it gives half a frame up.
 */
#ifndef FRAMES_H
#define FRAMES_H
#include <stdint.h>

#define FRAME_MAGIC_0 0xd3
#define FRAME_MAGIC_1 0x4e
#define FRAME_HEADER 8
#define FRAME_CRC 4

enum frame_type {
  FRAME_QUERY = 'Q',
  FRAME_IMAGE = 'I',
  FRAME_TRACE = 'T',
  /* u32 image bytes, layers, classes, model's CRC; bytes of the unit's name, name; the firmware's name */
  FRAME_NETWORK = 'N',
  /* u32 class, posterior, margin, exit, steps; u64 count; u32 spikes [layer] */
  FRAME_ANSWER = 'A',
  /* u32 step; u32 events, CRC-32 [layer]: snn_layer_events */
  FRAME_STEP = 'S',
  /* u32 code, 0 where it is no error of snn.h; text */
  FRAME_ERROR = 'E'
};

enum frame_state { FRAME_NONE, FRAME_OPEN, FRAME_GOOD, FRAME_BAD };

void frames_start(void);
/* Where the byte went: FRAME_NONE: it is text. */
enum frame_state frames_byte(uint8_t byte);
/* While no byte comes. */
void frames_idle(void);

/* The image that a text command loads lies in a frame's place; a frame that begins ends it. */
uint8_t *frames_image(void);
/* How many frames have begun. */
uint32_t frames_begun(void);
#endif
