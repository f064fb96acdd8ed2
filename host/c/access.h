/*
 * Takes the place of wasm2c's own loads and stores. Two differences: addresses are 32 bits wide (an access of `len`
 * bytes at base + offset is inside exactly if base <= size - (offset + len); run.mjs sees to it that no offset
 * exceeds the size), and accesses are aligned, as all of the engine's are.
 */
#ifdef STATIC_MEMORY
extern u8 linear_memory[];
#define SIZE(mem) ((u32)MEMORY_BYTES)
#define DATA(mem) linear_memory
#else
#define SIZE(mem) ((u32)(mem)->size)
#define DATA(mem) (mem)->data
#endif

#ifdef UNCHECKED
#define CHECK(mem, base, offset, len)
#else
#define CHECK(mem, base, offset, len) \
  if (UNLIKELY((base) > SIZE(mem) - ((offset) + (u32)(len)))) TRAP(OOB);
#endif

#define AT(mem, base, offset, t) \
  ((t *)__builtin_assume_aligned(&DATA(mem)[(base) + (offset)], sizeof(t)))

#define LOAD(name, t1, t2, t3)                                                            \
  static inline __attribute__((always_inline)) t3 name(wasm_rt_memory_t *mem, u32 base,   \
                                                       u32 offset) {                      \
    typedef t1 __attribute__((may_alias)) cell;                                           \
    CHECK(mem, base, offset, sizeof(t1));                                                 \
    return (t3)(t2)*AT(mem, base, offset, cell);                                          \
  }

#define STORE(name, t1, t2)                                                               \
  static inline __attribute__((always_inline)) void name(wasm_rt_memory_t *mem, u32 base, \
                                                         u32 offset, t2 value) {          \
    typedef t1 __attribute__((may_alias)) cell;                                           \
    CHECK(mem, base, offset, sizeof(t1));                                                 \
    *AT(mem, base, offset, cell) = (t1)value;                                             \
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
