// The engine's kernels in C, with the widest vectors of the machine: how far WebAssembly is from native code.
//   gather NETWORK IMAGES    a network of bench/flat.ts; images u8 [image][height][width][channel]
// Answers every line "warm N" or "cold N" of its input with one line of JSON: milliseconds and evidence of N images.
// "roofline" measures the inner loop alone, on rows that stay in the first cache and in the second.
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined __AVX512BW__
enum { WIDEST = 64 };
#define NAME "AVX-512"
#elif defined __AVX2__
enum { WIDEST = 32 };
#define NAME "AVX2"
#else
enum { WIDEST = 16 };
#define NAME "SSE2"
#endif

enum { MOST_ROWS = 256, MOST_BURST = 64, FLAT_WORDS = 8, SWEPT = 64 << 20 };

typedef struct {
  int source, pooled, channels, height, width, inputs, in_height, in_width, kernel, stride, padding;
  int burst, fires, bits, shift, floor, weights, threshold, bias, start;
} Record;

typedef struct {
  Record r;
  int block;         // bytes of weights to a vector; the low bytes of its pairs are its first half of channels
  int fan_out;       // channels, rounded up to a block
  uint8_t *rows;     // w + 128, [tap][input][fan_out], interleaved by blocks
  int16_t *narrow;   // thresholds, biases [fan_out]
  int32_t *wide;     // the same
  int16_t *pairs;    // of a layer on the image: two rows interleaved, [kernel][pair][fan_out][2]
  char *membranes;   // i16 or i32 [y][x][channel]
  char *current;     // of the image, likewise
  uint16_t *events;  // x·channels + channel, by row and count
  int *starts;       // [y][count][x]: into the row's events
} Layer;

static int layers, steps, input_bytes;
static Layer *net;
static uint8_t *sweep;

static void *room(size_t bytes) {
  void *p = aligned_alloc(64, (bytes + 127) & ~(size_t)63);
  if (!p) exit(1);
  memset(p, 0, bytes + 64);
  return p;
}

// drives[c] += Σ count·row[c] of `vectors` blocks of B bytes: f and o as in assembly/sum.ts.
#define SUM(B)                                                                                                \
  typedef uint16_t V##B __attribute__((vector_size(B), aligned(1), may_alias));                               \
  static inline __attribute__((always_inline)) void sum##B(const uint8_t **list, const int *ends, int burst,  \
                                                           int c, int vectors, void *drives, int wide) {      \
    V##B f[4] = {{0}}, o[4] = {{0}};                                                                          \
    int p = 0;                                                                                                \
    for (int n = burst; n > 0; n--) {                                                                         \
      for (; p < ends[n]; p++) {                                                                              \
        const uint8_t *row = list[p] + c;                                                                     \
        for (int k = 0; k < vectors; k++) {                                                                   \
          V##B x = *(const V##B *)(row + k * B);                                                              \
          f[k] += x;                                                                                          \
          o[k] += x >> 8;                                                                                     \
        }                                                                                                     \
      }                                                                                                       \
      if (p == 0) continue;                                                                                   \
      uint16_t offset = 128 * p;                                                                              \
      for (int k = 0; k < vectors; k++) {                                                                     \
        V##B low = f[k] - (o[k] << 8) - offset, high = o[k] - offset;                                         \
        if (wide) {                                                                                           \
          int32_t *d = (int32_t *)drives + k * B;                                                             \
          /* sums of at most 256 rows are beyond 16 signed bits, but not beyond 16 unsigned ones */           \
          V##B a = low + offset, b = high + offset;                                                           \
          for (int i = 0; i < B / 2; i++) d[i] += (int32_t)a[i] - offset;                                     \
          for (int i = 0; i < B / 2; i++) d[B / 2 + i] += (int32_t)b[i] - offset;                             \
        } else {                                                                                              \
          V##B *d = (V##B *)((int16_t *)drives + k * B);                                                      \
          d[0] += low;                                                                                        \
          d[1] += high;                                                                                       \
        }                                                                                                     \
      }                                                                                                       \
    }                                                                                                         \
  }                                                                                                           \
  static void add##B(const uint8_t **list, const int *ends, int burst, int channels, char *drives, int wide) { \
    int size = wide ? 4 : 2, c = 0;                                                                           \
    for (; c + 4 * B <= channels; c += 4 * B) sum##B(list, ends, burst, c, 4, drives + c * size, wide);       \
    for (; c + 2 * B <= channels; c += 2 * B) sum##B(list, ends, burst, c, 2, drives + c * size, wide);       \
    for (; c < channels; c += B) sum##B(list, ends, burst, c, 1, drives + c * size, wide);                    \
  }

SUM(16)
SUM(32)
#if defined __AVX512BW__
SUM(64)
#endif

static void add_rows(const Layer *l, const uint8_t **list, const int *ends, int burst, char *drives) {
  int wide = l->r.bits == 32;
#if defined __AVX512BW__
  if (l->block == 64) return wide ? add64(list, ends, burst, l->fan_out, drives, 1) : add64(list, ends, burst, l->fan_out, drives, 0);
#endif
  if (l->block == 32) return wide ? add32(list, ends, burst, l->fan_out, drives, 1) : add32(list, ends, burst, l->fan_out, drives, 0);
  wide ? add16(list, ends, burst, l->fan_out, drives, 1) : add16(list, ends, burst, l->fan_out, drives, 0);
}

// Place of channel c in a row.
static int place(const Layer *l, int c) {
  int at = c % l->block, half = l->block / 2;
  return c - at + at % half * 2 + at / half;
}

static void read_layer(Layer *l, const char *flat, const int32_t *words) {
  memcpy(&l->r, words, sizeof l->r);
  const Record *r = &l->r;
  l->block = r->channels >= WIDEST ? WIDEST : r->channels >= 32 && WIDEST >= 32 ? 32 : 16;
  l->fan_out = (r->channels + l->block - 1) / l->block * l->block;
  int rows = (r->pooled ? 1 : r->kernel * r->kernel) * r->inputs, neurons = r->channels * r->height * r->width;
  l->rows = room((size_t)rows * l->fan_out);
  memset(l->rows, 128, (size_t)rows * l->fan_out);
  const int8_t *weights = (const int8_t *)flat + r->weights;
  for (int i = 0; i < rows; i++)
    for (int c = 0; c < r->channels; c++) l->rows[(size_t)i * l->fan_out + place(l, c)] = weights[(size_t)i * r->channels + c] + 128;
  const int32_t *thresholds = (const int32_t *)(flat + r->threshold), *biases = (const int32_t *)(flat + r->bias);
  l->narrow = room(4 * l->fan_out);
  l->wide = room(8 * l->fan_out);
  for (int c = 0; c < r->channels; c++) {
    l->narrow[c] = l->wide[c] = thresholds[c];
    l->narrow[l->fan_out + c] = l->wide[l->fan_out + c] = biases[c];
  }
  int span = r->kernel * r->inputs, pairs = (span + 1) / 2;
  l->pairs = room(r->source < 0 ? 4 * (size_t)r->kernel * pairs * l->fan_out : 0);
  for (int i = 0; r->source < 0 && i < r->kernel * span; i++)
    for (int c = 0; c < r->channels; c++)
      l->pairs[((size_t)(i / span * pairs + i % span / 2) * l->fan_out + c) * 2 + i % span % 2] = weights[(size_t)i * r->channels + c];
  l->membranes = room(4 * neurons);
  l->current = room(4 * neurons);
  l->events = room(2 * neurons + 128 * r->height);
  l->starts = room(4 * r->height * r->burst * (r->width + 1));
}

static void put(char *at, int wide, int i, int32_t value) {
  if (wide) ((int32_t *)at)[i] = value;
  else ((int16_t *)at)[i] = value;
}

// sums[c] += w0·p0 + w1·p1 of two rows of the image's weights.
static void add_pair(const int16_t *rows, int32_t pair, int32_t *sums, int channels) {
#if defined __AVX512BW__
  __m512i p = _mm512_set1_epi32(pair);
  for (int c = 0; c < channels; c += 16)
    _mm512_storeu_si512(sums + c, _mm512_add_epi32(_mm512_loadu_si512(sums + c), _mm512_madd_epi16(_mm512_loadu_si512(rows + 2 * c), p)));
#elif defined __AVX2__
  __m256i p = _mm256_set1_epi32(pair);
  for (int c = 0; c < channels; c += 8) {
    __m256i *s = (__m256i *)(sums + c);
    _mm256_storeu_si256(s, _mm256_add_epi32(_mm256_loadu_si256(s), _mm256_madd_epi16(_mm256_loadu_si256((const __m256i *)(rows + 2 * c)), p)));
  }
#else
  for (int c = 0; c < channels; c++) sums[c] += rows[2 * c] * (pair & 65535) + rows[2 * c + 1] * (pair >> 16);
#endif
}

static void begin(Layer *l, const char *flat, const uint8_t *image) {
  const Record *r = &l->r;
  int wide = r->bits == 32;
  const int32_t *start = (const int32_t *)(flat + r->start), *bias = (const int32_t *)(flat + r->bias);
  size_t position = (size_t)r->channels * (wide ? 4 : 2), all = position * r->height * r->width;
  for (int c = 0; c < r->channels; c++) put(l->membranes, wide, c, start[c]);
  for (size_t filled = position; filled < all; filled *= 2)
    memcpy(l->membranes + filled, l->membranes, filled < all - filled ? filled : all - filled);
  if (r->source >= 0) return;
  int span = r->kernel * r->inputs, pairs = (span + 1) / 2;
  int32_t sums[4096];
  uint8_t copy[1 << 16];
  for (int y = 0; y < r->height; y++)
    for (int x = 0; x < r->width; x++) {
      memcpy(sums, bias, 4 * r->channels);
      int left = x * r->stride - r->padding;
      for (int ky = 0; ky < r->kernel; ky++) {
        int iy = y * r->stride + ky - r->padding;
        if (iy < 0 || iy >= r->in_height) continue;
        const uint8_t *row = image + (iy * r->in_width + left) * r->inputs;
        if (left < 0 || left + r->kernel > r->in_width) {
          for (int i = 0; i < span; i++) {
            int ix = left + i / r->inputs;
            copy[i] = ix < 0 || ix >= r->in_width ? 0 : row[i];
          }
          row = copy;
        }
        for (int i = 0; i < span; i += 2) {
          int32_t pair = row[i] | (i + 1 < span ? row[i + 1] << 16 : 0);
          if (pair) add_pair(l->pairs + (size_t)(ky * pairs + i / 2) * l->fan_out * 2, pair, sums, l->fan_out);
        }
      }
      int half = r->shift ? 1 << (r->shift - 1) : 0;
      if (wide) {
        int32_t *to = (int32_t *)l->current + (y * r->width + x) * r->channels;
        for (int c = 0; c < r->channels; c++) to[c] = (sums[c] + half) >> r->shift;
      } else {
        int16_t *to = (int16_t *)l->current + (y * r->width + x) * r->channels;
        for (int c = 0; c < r->channels; c++) {
          int32_t s = (sums[c] + half) >> r->shift;
          to[c] = s > 16383 ? 16383 : s < -16383 ? -16383 : s;
        }
      }
    }
}

// The drives of one position: rows of the source's events in its window, those of many spikes first.
static void gather(const Layer *l, const Layer *from, int y, int x, char *drives) {
  const Record *r = &l->r, *s = &from->r;
  const uint8_t *list[MOST_ROWS];
  int ends[MOST_BURST + 1], count = 0;
  int kernel_y = r->pooled ? r->in_height : r->kernel, kernel_x = r->pooled ? r->in_width : r->kernel;
  int y0 = y * r->stride - r->padding, x0 = x * r->stride - r->padding;
  int low = x0 < 0 ? 0 : x0, high = x0 + kernel_x > r->in_width ? r->in_width : x0 + kernel_x;
  for (int n = s->burst; n > 0; n--) {
    for (int ky = 0; ky < kernel_y; ky++) {
      int iy = y0 + ky;
      if (iy < 0 || iy >= r->in_height) continue;
      const int *starts = from->starts + (iy * s->burst + n - 1) * (s->width + 1);
      const uint16_t *events = from->events + (size_t)iy * (s->width * s->channels + 64);
      const uint8_t *rows = l->rows + ((ptrdiff_t)(ky * kernel_x) - x0) * r->inputs * l->fan_out;
      for (int i = starts[low]; i < starts[high]; i++) {
        const uint8_t *row = rows + (size_t)events[i] * l->fan_out;
        if (r->pooled) row = l->rows + (size_t)(events[i] % r->inputs) * l->fan_out;
        list[count++] = row;
        if (count == MOST_ROWS) { // a full list is added, and the next one begins with the same count
          ends[n] = count;
          for (int m = n - 1; m > 0; m--) ends[m] = count;
          add_rows(l, list, ends, s->burst, drives);
          for (int m = s->burst; m >= n; m--) ends[m] = 0;
          count = 0;
        }
      }
    }
    ends[n] = count;
  }
  if (count > 0) add_rows(l, list, ends, s->burst, drives);
}


// v ← v + drive, n = min(K, ⌊v/θ⌋), v ← max(v − nθ, floor) of a row; events are listed by count.
static void fire(Layer *l, int y, const char *drives, int step) {
  const Record *r = &l->r;
  int wide = r->bits == 32, all = r->fires ? r->burst : 0, tails[MOST_BURST] = {0};
  static uint16_t lists[MOST_BURST][1 << 16];
  int *starts = l->starts + y * all * (r->width + 1);
  for (int x = 0; x < r->width; x++, drives += step) {
    int first = (y * r->width + x) * r->channels;
    for (int n = 0; n < all; n++) starts[n * (r->width + 1) + x] = tails[n];
    if (wide) {
      int32_t *v = (int32_t *)l->membranes + first;
      const int32_t *d = (const int32_t *)drives, *t = l->wide;
      uint8_t counts[4096];
      for (int c = 0; c < r->channels; c++) {
        int32_t u = v[c] + d[c];
        int count = 0;
        for (int n = 0; n < all; n++) {
          int fired = u >= t[c];
          u -= fired ? t[c] : 0;
          count += fired;
        }
        v[c] = u > r->floor ? u : r->floor;
        counts[c] = count;
      }
      for (int c = 0; all && c < r->channels; c++) {
        int n = counts[c] ? counts[c] - 1 : 0;
        lists[n][tails[n]] = x * r->channels + c;
        tails[n] += counts[c] != 0;
      }
      continue;
    }
    int16_t *v = (int16_t *)l->membranes + first;
    const int16_t *d = (const int16_t *)drives, *t = l->narrow;
#if defined __AVX512VBMI2__
    __m512i lanes = _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    for (int c = 0; c < r->channels; c += 32) {
      __mmask32 in = r->channels - c >= 32 ? ~0u : (1u << (r->channels - c)) - 1;
      __m512i u = _mm512_maskz_add_epi16(in, _mm512_maskz_loadu_epi16(in, v + c), _mm512_maskz_loadu_epi16(in, d + c));
      __m512i threshold = _mm512_maskz_loadu_epi16(in, t + c), at = _mm512_add_epi16(lanes, _mm512_set1_epi16(x * r->channels + c));
      __mmask32 fired = all ? _mm512_mask_cmpge_epi16_mask(in, u, threshold) : 0;
      for (int n = 0; fired; n++) {
        u = _mm512_mask_sub_epi16(u, fired, u, threshold);
        __mmask32 more = n + 1 < all ? _mm512_mask_cmpge_epi16_mask(fired, u, threshold) : 0, done = fired & ~more;
        _mm512_storeu_si512(lists[n] + tails[n], _mm512_maskz_compress_epi16(done, at));
        tails[n] += __builtin_popcount(done);
        fired = more;
      }
      _mm512_mask_storeu_epi16(v + c, in, _mm512_max_epi16(u, _mm512_set1_epi16(r->floor)));
    }
#else
    uint8_t counts[4096];
    for (int c = 0; c < r->channels; c++) {
      int16_t u = v[c] + d[c], count = 0;
      for (int n = 0; n < all; n++) {
        int16_t fired = u >= t[c] ? -1 : 0;
        u -= fired & t[c];
        count -= fired;
      }
      v[c] = u > r->floor ? u : r->floor;
      counts[c] = count;
    }
    for (int c = 0; all && c < r->channels; c++) {
      int n = counts[c] ? counts[c] - 1 : 0;
      lists[n][tails[n]] = x * r->channels + c;
      tails[n] += counts[c] != 0;
    }
#endif
  }
  int at = 0;
  uint16_t *to = l->events + (size_t)y * (r->width * r->channels + 64);
  for (int n = 0; n < all; n++) {
    memcpy(to + at, lists[n], 2 * tails[n]);
    starts[n * (r->width + 1) + r->width] = tails[n];
    for (int x = 0; x <= r->width; x++) starts[n * (r->width + 1) + x] += at;
    at += tails[n];
  }
}

static void step(Layer *l) {
  const Record *r = &l->r;
  static char drives[1 << 20] __attribute__((aligned(64)));
  int wide = r->bits == 32, bytes = l->fan_out * (wide ? 4 : 2);
  const char *biases = wide ? (char *)(l->wide + l->fan_out) : (char *)(l->narrow + l->fan_out);
  for (int y = 0; y < r->height; y++) {
    if (r->source < 0) {
      int size = r->channels * (wide ? 4 : 2);
      fire(l, y, l->current + (size_t)y * r->width * size, size);
      continue;
    }
    for (int x = 0; x < r->width; x++) {
      memcpy(drives + x * bytes, biases, bytes);
      gather(l, net + r->source, y, x, drives + x * bytes);
    }
    fire(l, y, drives, bytes);
  }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e3 * t.tv_sec + 1e-6 * t.tv_nsec;
}

// Everything of the network leaves the caches.
static void cool(void) {
  for (size_t i = 0; i < SWEPT; i += 64) sweep[i]++;
}

static void roofline(void) {
  static const uint8_t *list[MOST_ROWS];
  static char drives[4096] __attribute__((aligned(64)));
  printf("{\"vectors\":\"%s\"", NAME);
  for (int cache = 1; cache <= 2; cache++) {
    int bytes = cache == 1 ? 16 << 10 : 512 << 10, ends[2] = {0, MOST_ROWS};
    uint8_t *rows = room(bytes);
    double best = 1e9;
    for (int round = 0; round < 20; round++) {
      double start = now();
      for (int i = 0; i < 200; i++) {
        for (int k = 0; k < MOST_ROWS; k++) list[k] = rows + (size_t)(k * 7 + i * 131) % (bytes / 256) * 256;
#if defined __AVX512BW__
        add64(list, ends, 1, 256, drives, 0);
#else
        add32(list, ends, 1, 256, drives, 0);
#endif
      }
      double ms = now() - start;
      if (ms < best) best = ms;
    }
    printf(",\"%s\":%.0f", cache == 1 ? "l1_sops_per_ms" : "l2_sops_per_ms", 200.0 * MOST_ROWS * 256 / best);
    free(rows);
  }
  printf("}\n");
  fflush(stdout);
}

static char *read_file(const char *path, size_t *size) {
  FILE *f = fopen(path, "rb");
  if (!f) {
    fprintf(stderr, "%s cannot be read\n", path);
    exit(1);
  }
  fseek(f, 0, SEEK_END);
  *size = ftell(f);
  rewind(f);
  char *bytes = room(*size);
  if (fread(bytes, 1, *size, f) != *size) exit(1);
  fclose(f);
  return bytes;
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "gather NETWORK IMAGES\n"), 2;
  size_t size;
  char *flat = read_file(argv[1], &size);
  const int32_t *words = (const int32_t *)flat;
  layers = words[0], steps = words[1], input_bytes = words[2] * words[3] * words[4];
  net = room(layers * sizeof *net);
  for (int i = 0; i < layers; i++) read_layer(net + i, flat, words + FLAT_WORDS + i * 20);
  uint8_t *images = (uint8_t *)read_file(argv[2], &size);
  int total = size / input_bytes;
  sweep = room(SWEPT);
  char line[64], mode[16];
  int count;
  while (fgets(line, sizeof line, stdin)) {
    if (strncmp(line, "roofline", 8) == 0) {
      roofline();
      continue;
    }
    if (sscanf(line, "%15s %d", mode, &count) != 2) return 2;
    double *ms = room(count * sizeof *ms);
    int classes = net[layers - 1].r.channels;
    int32_t *evidence = room(4 * count * classes);
    for (int i = 0; i < count; i++) {
      if (mode[0] == 'c') cool();
      double start = now();
      for (int k = 0; k < layers; k++) begin(net + k, flat, images + (size_t)(i % total) * input_bytes);
      for (int t = 0; t < steps; t++)
        for (int k = 0; k < layers; k++) step(net + k);
      ms[i] = now() - start;
      memcpy(evidence + i * classes, net[layers - 1].membranes, 4 * classes);
    }
    printf("{\"version\":\"%s\",\"ms\":[", NAME);
    for (int i = 0; i < count; i++) printf("%s%.5f", i ? "," : "", ms[i]);
    printf("],\"evidence\":[");
    for (int i = 0; i < count; i++) {
      printf(i ? ",[" : "[");
      for (int c = 0; c < classes; c++) printf("%s%d", c ? "," : "", evidence[i * classes + c]);
      printf("]");
    }
    printf("]}\n");
    fflush(stdout);
    free(ms);
    free(evidence);
  }
  return 0;
}
