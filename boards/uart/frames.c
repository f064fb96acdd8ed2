/* See frames.h. */
#include "frames.h"

#include <string.h>

#include "crc32.h"
#include "golden.h"
#include "link.h"
#include "session.h"

static uint8_t raw[FRAME_HEADER + IMAGE_BYTES + FRAME_CRC] SNN_ALIGNED;
#define PATIENCE 1000000 /* microseconds */

static uint32_t got, begun;
static uint64_t latest;
/* Of the frame that is being sent. */
static uint32_t out_crc;

static uint32_t crc_of(uint32_t crc, const uint8_t *bytes, uint32_t count) {
  crc = ~crc;
  while (count-- > 0) crc = snn_crc_add(crc, *bytes++);
  return ~crc;
}

static uint32_t word(const uint8_t *p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void send(const void *bytes, uint32_t count) {
  out_crc = crc_of(out_crc, bytes, count);
  link_write(bytes, count);
}

static void send_word(uint32_t value) {
  const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
  send(bytes, sizeof bytes);
}

static void send_head(enum frame_type type, uint8_t id, uint32_t length) {
  const uint8_t magic[2] = {FRAME_MAGIC_0, FRAME_MAGIC_1}, head[2] = {(uint8_t)type, id};
  link_write(magic, sizeof magic);
  out_crc = 0;
  send(head, sizeof head);
  send_word(length);
}

static void send_crc(void) {
  send_word(out_crc);
}

static void send_error(uint8_t id, int code, const char *text) {
  const uint32_t length = (uint32_t)strlen(text);
  send_head(FRAME_ERROR, id, 4 + length);
  send_word((uint32_t)code);
  send(text, length);
  send_crc();
}

static void send_network(uint8_t id) {
  const struct snn_network *const net = &session_network;
  const uint32_t unit = (uint32_t)strlen(link_unit()), name = (uint32_t)strlen(session_name);
  send_head(FRAME_NETWORK, id, 20 + unit + name);
  send_word(net->image_bytes);
  send_word(net->layers);
  send_word(net->classes);
  send_word(snn_u32(net->model + SNN_HEADER_CRC));
  send_word(unit);
  send(link_unit(), unit);
  send(session_name, name);
  send_crc();
}

static void send_answer(uint8_t id, const struct snn_answer *answer, uint64_t ticks) {
  const uint32_t layers = session_network.layers;
  send_head(FRAME_ANSWER, id, 28 + 4 * layers);
  send_word(answer->label);
  send_word(answer->posterior);
  send_word((uint32_t)answer->margin);
  send_word(answer->exit);
  send_word(answer->step);
  send_word((uint32_t)ticks);
  send_word((uint32_t)(ticks >> 32));
  for (uint32_t layer = 0; layer < layers; layer++) {
    uint32_t state = 0;
    snn_layer(layer, &state);
    send_word(snn_u32(state + SNN_STATE_SPIKES));
  }
  send_crc();
}

static int send_step(uint8_t id, uint32_t step) {
  send_head(FRAME_STEP, id, 4 + 8 * session_network.layers);
  send_word(step);
  int error = SNN_OK;
  for (uint32_t layer = 0; layer < session_network.layers; layer++) {
    uint32_t events = 0, crc = 0;
    if (error == SNN_OK) error = snn_layer_events(layer, &events, &crc);
    send_word(events);
    send_word(crc);
  }
  send_crc();
  return error;
}

/* Every layer in every step; no stop margin ends it. */
static int trace(uint8_t id, const uint8_t *image, struct snn_answer *answer, uint64_t *ticks) {
  const uint64_t from = link_count();
  int done = 0, error = snn_begin(image, session_network.image_bytes);
  while (error == SNN_OK && !done) {
    error = snn_step(0, &done);
    if (error == SNN_OK) error = snn_answer(answer);
    if (error == SNN_OK) error = send_step(id, answer->step);
  }
  *ticks = link_count() - from;
  return error;
}

static void obey(void) {
  const uint8_t type = raw[2], id = raw[3], *const image = raw + FRAME_HEADER;
  struct snn_answer answer;
  uint64_t ticks;
  int error = session_error;
  if (error == SNN_OK && type == FRAME_QUERY) {
    send_network(id);
    return;
  }
  if (error == SNN_OK && type == FRAME_IMAGE) error = session_classify(image, 1, &answer, &ticks);
  if (error == SNN_OK && type == FRAME_TRACE) error = trace(id, image, &answer, &ticks);
  if (error == SNN_OK) send_answer(id, &answer, ticks);
  else send_error(id, error, snn_error_text(error));
}

static const char *fault_of_head(void) {
  const uint32_t length = word(raw + 4);
  switch (raw[2]) {
    case FRAME_QUERY: return length == 0 ? NULL : "frame: a query has no payload";
    case FRAME_IMAGE:
    case FRAME_TRACE:
      return length == session_network.image_bytes || session_error != SNN_OK ? NULL : "frame: an image of another size than the network's";
    default: return "frame: unknown type";
  }
}

/* From the next magic on that has come already; a first byte at the end may be one. */
static void look_further(void) {
  for (uint32_t from = 1; from < got; from++)
    if (raw[from] == FRAME_MAGIC_0 && (from + 1 == got || raw[from + 1] == FRAME_MAGIC_1)) {
      memmove(raw, raw + from, got - from);
      got -= from;
      return;
    }
  got = 0;
}

static enum frame_state refuse(const char *why) {
  send_error(raw[3], 0, why);
  look_further();
  return FRAME_BAD;
}

/* One look at what there is: FRAME_OPEN: more bytes are needed. */
static enum frame_state look(void) {
  if (got < FRAME_HEADER) return FRAME_OPEN;
  const uint32_t length = word(raw + 4);
  const char *const fault = length > IMAGE_BYTES ? "frame: longer than an image" : fault_of_head();
  if (fault != NULL) return refuse(fault);
  const uint32_t whole = FRAME_HEADER + length + FRAME_CRC;
  if (got < whole) return FRAME_OPEN;
  if (crc_of(0, raw + 2, FRAME_HEADER - 2 + length) != word(raw + whole - FRAME_CRC))
    return refuse("frame: damaged, its CRC differs");
  obey();
  /* What a search found may hold more than this one. */
  memmove(raw, raw + whole - 1, got - whole + 1);
  got -= whole - 1;
  look_further();
  return FRAME_GOOD;
}

void frames_start(void) {
  got = 0, begun++;
}

enum frame_state frames_byte(uint8_t byte) {
  if (got == 0 && byte != FRAME_MAGIC_0) return FRAME_NONE;
  if (got == 0) begun++;
  raw[got++] = byte, latest = link_microseconds();
  if (got == 2 && byte != FRAME_MAGIC_1) {
    got = byte == FRAME_MAGIC_0;
    return FRAME_OPEN;
  }
  enum frame_state last = FRAME_OPEN, now;
  while (got > 0 && (now = look()) != FRAME_OPEN) last = now;
  return last;
}

void frames_idle(void) {
  if (got == 0 || link_microseconds() - latest < PATIENCE) return;
  do refuse("frame: cut short");
  while (got > 0 && look() == FRAME_BAD);
}

uint8_t *frames_image(void) {
  return raw + FRAME_HEADER;
}

uint32_t frames_begun(void) {
  return begun;
}
