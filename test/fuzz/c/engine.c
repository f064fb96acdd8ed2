/*
 * The engine as C by wasm2c, under libFuzzer with AddressSanitizer and UBSan. Of the linear memory only model, arena and
 * image may be touched: the rest is poisoned, so that a single byte beside them, read or written, ends the run.
 */
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crc32.h"
#include "runtime.h"

#define ROOM (1u << 20)
#define MODEL 65536u /* behind the engine's static data, which a check below compares */
#define MODEL_MOST 16384u
#define ARENA (MODEL + MODEL_MOST + 256u)
#define IMAGE_MOST 4096u
#define ARENA_MOST (ROOM - ARENA - IMAGE_MOST - 256u)
#define LEAST_BYTES SNN_HEADER_BYTES
#ifndef TAKEN_AWAY /* bytes of every arena, to prove that a single access beside it is seen */
#define TAKEN_AWAY 0u
#endif
/* Additions that there is time for. */
#define COST_MOST 3000u
#define COST_SOMETIMES 100000u

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed);

static uint8_t room[ROOM] __attribute__((aligned(16)));
static uint8_t *memory;
static uint32_t base;
static uint8_t *constants;
static uint64_t executions, accepted, ran, statuses[SNN_STATUS_ARENA + 1];

static void fail(const char *what) {
  fprintf(stderr, "FINDING %s\n", what);
  abort();
}

static uint32_t call(enum snn_call which, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  const uint32_t arguments[] = {a, b, c, d};
  uint32_t result = 0;
  if (snn_runtime_call(which, arguments, &result) != SNN_OK) fail("a trap");
  return result;
}

static uint32_t get(uint32_t at, int bytes) {
  uint32_t value = 0;
  memcpy(&value, memory + at, (size_t)bytes);
  return value;
}

static void put(uint8_t *at, uint32_t value, int bytes) {
  memcpy(at, &value, (size_t)bytes);
}

static uint32_t crc_of(const uint8_t *bytes, uint32_t count) {
  static uint32_t table[256];
  if (table[1] == 0)
    for (uint32_t i = 0; i < 256; i++) table[i] = snn_crc_add(i, 0);
  uint32_t crc = ~0u;
  for (uint32_t i = 0; i < count; i++) crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 255];
  return ~crc;
}

static void report(void) {
  fprintf(stderr, "{\"executions\":%llu,\"accepted\":%llu,\"ran\":%llu,\"refused\":[", (unsigned long long)executions,
          (unsigned long long)accepted, (unsigned long long)ran);
  for (int s = 1; s <= SNN_STATUS_ARENA; s++)
    fprintf(stderr, "%s%llu", s == 1 ? "" : ",", (unsigned long long)statuses[s]);
  fprintf(stderr, "]}\n");
}

static void start(void) {
  uint32_t bytes;
  if (snn_runtime_start(NULL, 0, room, sizeof room) != SNN_OK) fail("no start");
  base = call(SNN_RESERVE, ROOM - 65536u, 0, 0, 0);
  memory = snn_runtime_memory(&bytes);
  if (base == 0 || base > MODEL || bytes != ROOM) fail("the memory is another");
  constants = malloc(base);
  memcpy(constants, memory, base);
  __asan_poison_memory_region(memory + base, ROOM - base);
  atexit(report);
}

/* What one image may take at most, as test/drivers/guarded.ts counts it; the model was checked. */
static double cost(void) {
  const uint32_t net = MODEL + get(MODEL + SNN_HEADER_OFFSETS + 4 * SNN_SECTION_NET, 4);
  const uint32_t layers = MODEL + get(MODEL + SNN_HEADER_OFFSETS + 4 * SNN_SECTION_LAYERS, 4);
  uint32_t p = MODEL + get(MODEL + SNN_HEADER_OFFSETS + 4 * SNN_SECTION_PROJECTIONS, 4);
  double sum = 0;
  for (uint32_t l = 0; l < get(net + SNN_NET_LAYERS, 2); l++) {
    const uint32_t layer = layers + l * SNN_LAYER_BYTES;
    const double channels = get(layer + SNN_LAYER_CHANNELS, 2);
    double row = channels * get(layer + SNN_LAYER_BURST, 1);
    for (uint32_t n = get(layer + SNN_LAYER_PROJECTIONS, 2); n > 0; n--, p += SNN_PROJ_BYTES) {
      const uint32_t source = get(p + SNN_PROJ_SOURCE, 2);
      const uint32_t from = source == SNN_SOURCE_IMAGE ? net : layers + source * SNN_LAYER_BYTES;
      const double burst = source == SNN_SOURCE_IMAGE ? 1 : get(from + SNN_LAYER_BURST, 1);
      double taps = get(p + SNN_PROJ_KERNEL_H, 2), across = get(p + SNN_PROJ_KERNEL_W, 2);
      /* Of the image padding is multiplied too. */
      if (source != SNN_SOURCE_IMAGE) {
        const uint32_t height = get(from + SNN_LAYER_HEIGHT, 2), width = get(from + SNN_LAYER_WIDTH, 2);
        if (taps > height) taps = height;
        if (across > width) across = width;
      }
      row += taps * across * get(from + SNN_LAYER_CHANNELS, 2) * channels * burst;
    }
    sum += row * get(layer + SNN_LAYER_HEIGHT, 2) * get(layer + SNN_LAYER_WIDTH, 2);
  }
  const double classes = get(net + SNN_NET_CLASSES, 2);
  return (sum + classes * classes * 20) * get(net + SNN_NET_STEPS, 2);
}

/* One image to its last step, or until a margin stops it: a number made of all that the engine says. */
static uint32_t classify(uint32_t net, uint32_t image, uint32_t may_stop) {
  const uint32_t exits = get(net + SNN_NET_EXITS, 2), classes = get(net + SNN_NET_CLASSES, 2);
  uint32_t said = 0;
  call(SNN_BEGIN, ARENA, image, 0, 0);
  for (uint32_t done = 0; done == 0;) {
    done = call(SNN_STEP, ARENA, may_stop, 0, 0);
    said = crc_of(memory + ARENA + SNN_RUN_STEP, 20) + said * 31;
    const uint32_t last = get(ARENA + SNN_RUN_EXIT, 4);
    for (uint32_t e = 0; e < exits; e++)
      said = crc_of(memory + call(SNN_EVIDENCE, ARENA, e, 0, 0), classes * 4) + said * 31;
    for (uint32_t e = 0; e <= last; e++) call(SNN_DECIDE, ARENA, e, 0, 0);
    for (uint32_t k = 0; k < classes; k++) said = said * 31 + call(SNN_POSTERIOR, ARENA, k, 0, 0);
  }
  for (uint32_t l = 0; l < get(net + SNN_NET_LAYERS, 2); l++)
    said = crc_of(memory + call(SNN_LAYER_STATE, ARENA, l, 0, 0), 32) + said * 31;
  return said;
}

/* `luck` is of the input: what costs much is done for a few of them. */
static void run(uint32_t bytes, uint32_t size, uint32_t luck) {
  const uint32_t net = MODEL + get(MODEL + SNN_HEADER_OFFSETS + 4 * SNN_SECTION_NET, 4);
  const uint64_t pixels =
      (uint64_t)get(net + SNN_NET_CHANNELS, 2) * get(net + SNN_NET_HEIGHT, 2) * get(net + SNN_NET_WIDTH, 2);
  if (size > ARENA_MOST || pixels > IMAGE_MOST || cost() > (luck % 64 == 0 ? COST_SOMETIMES : COST_MOST))
    return;
  const uint32_t image = (ARENA + size + 128u) & ~7u;
  /* One byte too few is refused, before anything is written. */
  if (call(SNN_OPEN, MODEL, bytes, ARENA, size - 1) != SNN_STATUS_ARENA) fail("an arena too small");
  __asan_unpoison_memory_region(memory + ARENA, size - TAKEN_AWAY);
  __asan_unpoison_memory_region(memory + image, (size_t)pixels);
  const uint32_t turns = luck % 4 == 0 ? 2 : 1;
  uint32_t said[2];
  for (uint32_t turn = 0; turn < turns; turn++) {
    /* What the arena held before makes no difference. */
    memset(memory + ARENA, turn == 0 ? 0 : 0xa5, size - TAKEN_AWAY);
    if (call(SNN_OPEN, MODEL, bytes, ARENA, size) != SNN_STATUS_OK) fail("open refuses what was measured");
    for (uint32_t i = 0; i < pixels; i++) memory[image + i] = (uint8_t)((i * 0x9e3779b1u + luck) >> 24);
    said[turn] = classify(net, image, luck >> 8 & 1);
    said[turn] = classify(net, image, ~luck >> 8 & 1) + said[turn] * 31;
  }
  if (turns == 2 && said[0] != said[1]) fail("what the arena held before changes the answer");
  __asan_poison_memory_region(memory + ARENA, image + (size_t)pixels - ARENA + 8);
  ran++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (memory == NULL) start();
  if (size > MODEL_MOST) return -1;
  const uint32_t bytes = (uint32_t)size;
  executions++;
  __asan_unpoison_memory_region(memory + MODEL, bytes);
  memcpy(memory + MODEL, data, bytes);
  /* All checks but the CRC, which is repaired only where they pass. */
  uint32_t status = call(SNN_OPEN, MODEL, bytes, ARENA, 0);
  if (status == SNN_STATUS_OK || status > SNN_STATUS_ARENA) fail("a status that there is not");
  if (status == SNN_STATUS_ARENA) {
    const uint32_t crc = crc_of(memory + MODEL + SNN_HEADER_OFFSETS, bytes - SNN_HEADER_OFFSETS);
    if (crc % 16 == 0) {
      put(memory + MODEL + SNN_HEADER_CRC, ~crc, 4);
      if (-(int32_t)call(SNN_MEASURE, MODEL, bytes, 0, 0) != SNN_STATUS_CRC) fail("a wrong CRC is accepted");
    }
    put(memory + MODEL + SNN_HEADER_CRC, crc, 4);
    const int32_t need = (int32_t)call(SNN_MEASURE, MODEL, bytes, 0, 0);
    if (need > 0) {
      accepted++;
      status = SNN_STATUS_OK;
      run(bytes, (uint32_t)need, crc >> 4);
      if (crc_of(memory + MODEL + SNN_HEADER_OFFSETS, bytes - SNN_HEADER_OFFSETS) != crc) fail("the model was written to");
    } else if (need != -SNN_STATUS_ARENA)
      fail("measure and open disagree");
  }
  if (status != SNN_STATUS_OK) statuses[status]++;
  if (memcmp(memory, constants, base) != 0) fail("static data was written to");
  __asan_poison_memory_region(memory + MODEL, bytes);
  return 0;
}

static uint32_t next(unsigned int *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

/* A number at the edges of what a field may hold, or near the one that it has. */
static uint32_t edge(unsigned int *seed, uint32_t old) {
  static const uint32_t edges[] = {0,   1,   2,    3,    4,     7,     8,      15,     16,         17,         31,        32,
                                   63,  64,  65,   127,  128,   255,   256,    257,    4095,       4096,       0x7fff,    0x8000,
                                   0xfffe, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
  const uint32_t near[] = {old - 16, old - 1, old + 1, old + 16, old * 2, old * 4, old >> 1};
  return next(seed) % 3 == 0 ? edges[next(seed) % (sizeof edges / 4)] : near[next(seed) % (sizeof near / 4)];
}

/* A field of a record, or bytes as libFuzzer likes; the header is put right, most times. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed) {
  static const struct {
    uint32_t record, fields;
    uint8_t at[14][2];
  } tables[] = {
      [SNN_SECTION_NET] = {SNN_NET_BYTES, 12,
       {{0, 2}, {2, 2}, {4, 2}, {6, 1}, {7, 1}, {8, 2}, {10, 2}, {12, 2}, {14, 2}, {16, 2}, {18, 2}, {20, 2}}},
      [SNN_SECTION_LAYERS] = {SNN_LAYER_BYTES, 13,
       {{0, 2}, {2, 2}, {4, 2}, {6, 1}, {7, 1}, {8, 1}, {9, 1}, {10, 1}, {11, 1}, {12, 2}, {14, 2}, {16, 4}, {20, 4}}},
      [SNN_SECTION_PROJECTIONS] = {SNN_PROJ_BYTES, 12,
       {{0, 2}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}, {7, 1}, {8, 2}, {10, 2}, {12, 2}, {14, 2}, {16, 4}}},
  };
  if (size < LEAST_BYTES || next(&seed) % 4 == 0) {
    size = LLVMFuzzerMutate(data, size, most);
  } else {
    for (uint32_t n = next(&seed) % 3 + 1; n > 0; n--) {
      /* Of the network there is one record, of the others many; numbers that may be anything follow them. */
      static const uint8_t sections[] = {SNN_SECTION_NET,     SNN_SECTION_LAYERS, SNN_SECTION_LAYERS,  SNN_SECTION_PROJECTIONS,
                                         SNN_SECTION_PROJECTIONS, SNN_SECTION_NEURONS, SNN_SECTION_NEURONS, SNN_SECTION_FUSION,
                                         SNN_SECTION_STOP,    SNN_SECTION_WEIGHTS};
      const uint32_t t = sections[next(&seed) % sizeof sections];
      uint32_t from, to;
      memcpy(&from, data + SNN_HEADER_OFFSETS + 4 * t, 4);
      memcpy(&to, data + SNN_HEADER_OFFSETS + 4 * t + 4, 4);
      if (from >= to || to > size) continue;
      if (t > SNN_SECTION_PROJECTIONS) {
        for (uint32_t k = next(&seed) % 4 + 1; k > 0; k--) data[from + next(&seed) % (to - from)] = (uint8_t)edge(&seed, next(&seed));
        continue;
      }
      if (to - from < tables[t].record) continue;
      const uint32_t records = (to - from) / tables[t].record;
      const uint8_t *const field = tables[t].at[next(&seed) % tables[t].fields];
      uint8_t *const at = data + from + next(&seed) % records * tables[t].record + field[0];
      uint32_t old = 0;
      memcpy(&old, at, field[1]);
      put(at, next(&seed) % 4 == 0 ? next(&seed) : edge(&seed, old), field[1]);
    }
  }
  if (size >= LEAST_BYTES && next(&seed) % 32 != 0) {
    put(data, SNN_MAGIC, 4);
    /* Models keep the version that they have, one of two. */
    if (data[SNN_HEADER_VERSION] + 1u < SNN_VERSION || data[SNN_HEADER_VERSION] > SNN_VERSION)
      put(data + SNN_HEADER_VERSION, SNN_VERSION, 4);
    put(data + SNN_HEADER_VERSION + 1, 0, 3);
    put(data + SNN_HEADER_FILE_BYTES, (uint32_t)size, 4);
  }
  return size;
}
