/* Bytes to commands and frames. See session.h. */
#include "session.h"

#include "frames.h"
#include "link.h"

/* As the benchmark's own firmware has it. */
#define COMMAND_BYTES 80
#define END '%'

struct snn_network session_network;
const char *session_name;
int session_error;

static char command[COMMAND_BYTES + 1];
static uint32_t count;
/* Noise is answered once, until something good comes: a flood must not become two. */
static int noise, told;

void session_start(int error, const char *name) {
  session_name = name, session_error = error;
  if (error == SNN_OK) session_error = snn_network(&session_network);
  if (session_error == SNN_OK && session_network.image_bytes > IMAGE_BYTES) session_error = SNN_ERROR_MEMORY;
  frames_start();
  count = 0, noise = told = 0;
  link_print("m-timestamp-mode-performance\r\nm-lap-us-%s\r\n", decimal(link_microseconds()));
  if (session_error != SNN_OK) text_error(snn_error_text(session_error));
  link_print("m-init-done\r\nm-ready\r\n");
}

int session_classify(const uint8_t *image, uint32_t many, struct snn_answer *answer, uint64_t *ticks) {
  int error = session_error;
  const uint64_t from = link_count();
  while (error == SNN_OK && many-- > 0) {
    error = snn_classify(image, session_network.image_bytes, answer);
    link_count();
  }
  *ticks = link_count() - from;
  return error;
}

static int is_text(uint8_t byte) {
  return (byte >= ' ' && byte <= '~') || byte == '\r' || byte == '\n' || byte == '\t';
}

static void end_of_command(void) {
  command[count] = 0;
  if (noise && told) {
  } else if (noise) {
    text_error(count == COMMAND_BYTES ? "longer than a command of 80 bytes" : "bytes that are no text");
    link_print("m-ready\r\n");
    told = 1;
  } else {
    text_command(command);
    link_print("m-ready\r\n");
    told = 0;
  }
  count = 0, noise = 0;
}

static void text_byte(uint8_t byte) {
  if (byte == END) end_of_command();
  else if (!is_text(byte) || count == COMMAND_BYTES) noise = 1;
  else if (count > 0 || byte > ' ') command[count++] = (char)byte;
}

void session_idle(void) {
  frames_idle();
}

void session_byte(uint8_t byte) {
  switch (frames_byte(byte)) {
    case FRAME_NONE: text_byte(byte); break;
    /* A frame that is none, or a broken one, ends a command that had begun. */
    case FRAME_OPEN:
    case FRAME_BAD: count = 0; break;
    case FRAME_GOOD: count = 0, noise = told = 0; break;
  }
}
