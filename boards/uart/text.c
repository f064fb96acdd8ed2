/*
 * The commands of MLPerf Tiny's benchmark (mlcommons/tiny, benchmark/api), each closed by %, each answer ended by m-ready.
 * Beyond them: infer% answers with one line more, m-answer-[…], which its runner skips.
 */
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "link.h"
#include "session.h"

#define SPACE " \r\n\t"
#define MOST_INFERENCES 1000000

/* What db has loaded, of what it was told to expect, while no frame came between. */
static uint32_t expected, loaded, since;

void text_error(const char *what) {
  link_print("e-[%s]\r\n", what);
}

/* A number from `least` to `most`, or −1. */
static long number(const char *word, long least, long most) {
  char *end;
  const long value = word == NULL ? -1 : strtol(word, &end, 10);
  return word == NULL || *end != 0 || value < least || value > most ? -1 : value;
}

static int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void timestamp(void) {
  link_print("m-lap-us-%s\r\n", decimal(link_microseconds()));
}

static void load(void) {
  const uint32_t wanted = session_network.image_bytes;
  const long bytes = number(strtok(NULL, SPACE), 1, 1 << 24);
  expected = loaded = 0;
  if (bytes < 0) text_error("Command 'db load' requires the # of bytes");
  else if ((uint32_t)bytes != wanted) link_print("e-[db load %ld: an image has %lu bytes]\r\n", bytes, (unsigned long)wanted);
  else {
    expected = wanted, since = frames_begun();
    link_print("m-[Expecting %ld bytes]\r\n", bytes);
  }
}

static void bytes(const char *hex) {
  if (expected == 0 || since != frames_begun()) {
    text_error("db load first");
    return;
  }
  if (strlen(hex) % 2 != 0) {
    text_error("Insufficent number of hex digits");
    return;
  }
  for (const char *p = hex; *p != 0; p++)
    if (digit(*p) < 0) {
      link_print("e-[Invalid hex digit '%c']\r\n", *p);
      return;
    }
  for (; *hex != 0 && loaded < expected; hex += 2)
    frames_image()[loaded++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
  if (loaded == expected) link_print("m-load-done\r\n");
}

static int is_loaded(void) {
  return expected > 0 && loaded == expected && since == frames_begun();
}

static void print_buffer(void) {
  for (uint32_t i = 0; i < loaded && is_loaded(); i++) {
    if (i % 8 == 0) link_print("m-buffer-");
    link_print("%02x%s", frames_image()[i], i % 8 == 7 || i + 1 == loaded ? "\r\n" : "-");
  }
}

static void db(void) {
  const char *const word = strtok(NULL, SPACE);
  if (word == NULL) text_error("Command 'db' requires a subcommand");
  else if (strcmp(word, "load") == 0) load();
  else if (strcmp(word, "print") == 0) print_buffer();
  else bytes(word);
}

/* Every class' posterior, six digits behind the point. */
static void results(void) {
  struct snn_answer answer;
  if (snn_answer(&answer) != SNN_OK) {
    text_error("infer first");
    return;
  }
  link_print("m-results-[");
  for (uint32_t k = 0; k < session_network.classes; k++) {
    uint32_t p = 0;
    snn_posterior(k, &p);
    const uint32_t millionths = (uint32_t)((uint64_t)p * 1000000 / SNN_POSTERIOR_ONE);
    link_print("%s%lu.%06lu", k == 0 ? "" : ",", (unsigned long)(millionths / 1000000), (unsigned long)(millionths % 1000000));
  }
  link_print("]\r\n");
}

static void infer(void) {
  const char *const times = strtok(NULL, SPACE), *const before = strtok(NULL, SPACE);
  const long n = times == NULL ? 1 : number(times, 1, MOST_INFERENCES);
  const long warmups = before == NULL ? 10 : number(before, 0, MOST_INFERENCES);
  struct snn_answer answer;
  uint64_t ticks = 0;
  if (n < 0) text_error("Inference iterations must be >0");
  else if (warmups < 0) text_error("Inference warmup must be >=0");
  else if (!is_loaded()) text_error("no image is loaded: db load, then db with its bytes");
  else {
    link_print("m-warmup-start-%ld\r\n", warmups);
    int error = session_classify(frames_image(), (uint32_t)warmups, &answer, &ticks);
    link_print("m-warmup-done\r\nm-infer-start-%ld\r\n", n);
    timestamp();
    if (error == SNN_OK) error = session_classify(frames_image(), (uint32_t)n, &answer, &ticks);
    timestamp();
    if (error != SNN_OK) {
      text_error(snn_error_text(error));
      return;
    }
    link_print("m-infer-done\r\n");
    results();
    link_print("m-answer-[class=%lu posterior=%lu margin=%ld exit=%lu steps=%lu %s=%s]\r\n", (unsigned long)answer.label,
               (unsigned long)answer.posterior, (long)answer.margin, (unsigned long)answer.exit,
               (unsigned long)answer.step, link_unit(), decimal(ticks / (uint32_t)n));
  }
}

static void help(void) {
  link_print("snn.wasm, with the commands of ULPMark for tinyML Firmware V0.0.1\r\n\r\n");
  link_print("help         : Print this information\r\n");
  link_print("name         : Print the name of the device\r\n");
  link_print("profile      : Print protocol and model\r\n");
  link_print("timestamp    : Generate a timestamp\r\n");
  link_print("db load N    : Expect an image of N bytes\r\n");
  link_print("db HH[HH]*   : Load 8-bit hex byte(s) until N bytes\r\n");
  link_print("db print     : Print them\r\n");
  link_print("infer N [W=10]: Execute N inferences after W warmup loops\r\n");
  link_print("results      : Every class' probability\r\n");
}

void text_command(char *command) {
  const char *const word = strtok(command, SPACE);
  if (word == NULL) return;
  if (strcmp(word, "name") == 0) link_print("m-name-dut-[%s]\r\n", session_name);
  else if (strcmp(word, "timestamp") == 0) timestamp();
  else if (strcmp(word, "help") == 0) help();
  else if (strcmp(word, "profile") == 0)
    link_print("m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[%s]\r\n", MODEL_NAME);
  else if (session_error != SNN_OK) text_error(snn_error_text(session_error));
  else if (strcmp(word, "db") == 0) db();
  else if (strcmp(word, "infer") == 0) infer();
  else if (strcmp(word, "results") == 0) results();
  else link_print("e-[Unknown command: %s]\r\n", word);
}
