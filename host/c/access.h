/*
 * Takes the place of wasm2c's own loads and stores. Addresses are 32 bits wide (an access of `len` bytes at base + offset
 * is inside exactly if base <= size - (offset + len); boards/build/wasm2c.mjs sees to it that no offset exceeds the
 * size), and accesses are aligned, as all of the engine's are.
 *
 * WINDOW: a second range of addresses, outside of linear memory, leads to a model in flash. It can only be read. Where
 * pointers have 32 bits it begins at the address that, added to the memory's place, gives the model's: a load needs
 * no choice between the two, and none at all with UNCHECKED.
 */
#ifdef STATIC_MEMORY
extern u8 linear_memory[];
#define SIZE(mem) ((u32)MEMORY_BYTES)
#define DATA(mem) linear_memory
#else
#define SIZE(mem) ((u32)(mem)->size)
#define DATA(mem) (mem)->data
#endif

#define OUTSIDE(mem, base, offset, len) UNLIKELY((base) > SIZE(mem) - ((offset) + (u32)(len)))

#ifdef WINDOW
extern u32 snn_window, snn_window_bytes;
extern const u8 *snn_window_data;
/* An aligned access that begins inside ends inside: the window has a multiple of 16 bytes. */
#define IN_WINDOW(base, offset) ((base) + (offset)-snn_window < snn_window_bytes)
#else
#define IN_WINDOW(base, offset) 0
#endif

#ifdef UNCHECKED
#define CHECK_LOAD(mem, base, offset, len)
#define CHECK_STORE(mem, base, offset, len)
#else
#define CHECK_LOAD(mem, base, offset, len) \
  if (OUTSIDE(mem, base, offset, len) && !IN_WINDOW(base, offset)) TRAP(OOB);
#define CHECK_STORE(mem, base, offset, len) \
  if (OUTSIDE(mem, base, offset, len)) TRAP(OOB);
#endif

#define IN_MEMORY(mem, base, offset) ((uintptr_t)DATA(mem) + (u32)((base) + (offset)))
#if defined WINDOW && UINTPTR_MAX > 0xffffffffu
#define SOURCE(mem, base, offset) \
  (IN_WINDOW(base, offset) ? (uintptr_t)snn_window_data + ((base) + (offset)-snn_window) : IN_MEMORY(mem, base, offset))
#else
#define SOURCE(mem, base, offset) IN_MEMORY(mem, base, offset)
#endif

#define LOAD(name, t1, t2, t3)                                                                              \
  static inline __attribute__((always_inline)) t3 name(wasm_rt_memory_t *mem, u32 base, u32 offset) {       \
    typedef t1 __attribute__((may_alias)) cell;                                                             \
    CHECK_LOAD(mem, base, offset, sizeof(t1));                                                              \
    const uintptr_t at = SOURCE(mem, base, offset);                                             \
    return (t3)(t2) * (const cell *)__builtin_assume_aligned((const void *)at, sizeof(t1));                 \
  }

#define STORE(name, t1, t2)                                                                                 \
  static inline __attribute__((always_inline)) void name(wasm_rt_memory_t *mem, u32 base, u32 offset,       \
                                                         t2 value) {                                        \
    typedef t1 __attribute__((may_alias)) cell;                                                             \
    CHECK_STORE(mem, base, offset, sizeof(t1));                                                             \
    const uintptr_t at = IN_MEMORY(mem, base, offset);                                                      \
    *(cell *)__builtin_assume_aligned((void *)at, sizeof(t1)) = (t1)value;                                  \
  }

LOAD(i32_load, u32, u32, u32)
LOAD(i64_load, u64, u64, u64)
LOAD(i32_load8_s, s8, s32, u32)
LOAD(i64_load8_s, s8, s64, u64)
LOAD(i32_load8_u, u8, u32, u32)
LOAD(i64_load8_u, u8, u64, u64)
LOAD(i32_load16_s, s16, s32, u32)
LOAD(i64_load16_s, s16, s64, u64)
LOAD(i32_load16_u, u16, u32, u32)
LOAD(i64_load16_u, u16, u64, u64)
LOAD(i64_load32_s, s32, s64, u64)
LOAD(i64_load32_u, u32, u64, u64)
STORE(i32_store, u32, u32)
STORE(i64_store, u64, u64)
STORE(i32_store8, u8, u32)
STORE(i32_store16, u16, u32)
STORE(i64_store8, u8, u64)
STORE(i64_store16, u16, u64)
STORE(i64_store32, u32, u64)
