/** WAMR as a library: an interpreter, or machine code by wamrc, on the bare platform of host/c/wamr. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesIn, wamrRoot } from './crates.mjs';
import { archive } from './gcc.mjs';
import { CACHE, Missing } from './program.mjs';

const HOST = join(import.meta.dirname, '..', '..', 'host', 'c');

/**
 * What a program that has WAMR is compiled with: host/c/wamr.c, a library, the flags of both.
 * @param {{ engine?: 'fast' | 'classic' | 'aot', sanitize?: string[] }} options
 */
export async function wamr(target, { engine = 'fast', sanitize = [] } = {}) {
  const { root, old } = await wamrRoot();
  const core = join(root, 'core');
  const [aot, fast] = [engine === 'aot', engine === 'fast'];
  const call = join(core, 'iwasm/common/arch', target.wamr.call);
  if (!existsSync(call))
    throw new Missing(`the WAMR of 2021 does not know ${target.id}; name a current one in WAMR_ROOT`);
  const folders = [
    'iwasm/include',
    'iwasm/common',
    'iwasm/interpreter',
    'iwasm/aot',
    'iwasm/libraries/libc-builtin',
    'shared/platform/include',
    'shared/mem-alloc',
    'shared/utils',
  ];
  const interpreter = fast ? 'wasm_interp_fast.c' : 'wasm_interp_classic.c';
  const sources = [
    ...sourcesIn(join(core, 'iwasm/common')),
    ...[interpreter, 'wasm_loader.c', 'wasm_runtime.c'].map((f) => join(core, 'iwasm/interpreter', f)),
    ...(aot ? [...sourcesIn(join(core, 'iwasm/aot')), relocations(core, target, old)] : []),
    call,
    ...sourcesIn(join(core, 'iwasm/libraries', old ? 'libc-builtin' : 'shared-heap')),
    ...sourcesIn(join(core, 'shared/mem-alloc')),
    ...sourcesIn(join(core, 'shared/mem-alloc/ems')),
    ...sourcesIn(join(core, 'shared/utils')),
    join(HOST, 'wamr/platform.c'),
  ].filter((f) => !(old ? /wasm_c_api|runtime_timer/ : /runtime_timer|aot_perf_map/).test(f));
  const flags = [
    '-std=gnu99',
    '-w',
    '-fno-strict-aliasing',
    ...target.wamr.defines.map((d) => `-D${d}`),
    `-DBUILD_TARGET="${target.wamr.name}"`,
    '-DWASM_ENABLE_INTERP=1',
    `-DWASM_ENABLE_FAST_INTERP=${fast ? 1 : 0}`,
    `-DWASM_ENABLE_AOT=${aot ? 1 : 0}`,
    `-DWASM_ENABLE_LIBC_BUILTIN=${old ? 1 : 0}`,
    '-DWASM_DISABLE_HW_BOUND_CHECK=1',
    '-DWASM_DISABLE_STACK_HW_BOUND_CHECK=1',
    '-DBH_MALLOC=wasm_runtime_malloc',
    '-DBH_FREE=wasm_runtime_free',
    ...(old
      ? ['-DSNN_WAMR_1']
      : ['-DWASM_ENABLE_MINI_LOADER=0', '-DWASM_ENABLE_SIMD=0', '-DWASM_ENABLE_SHARED_HEAP=1']),
    ...sanitize,
    `-I${join(HOST, 'wamr')}`,
    ...folders.map((folder) => `-I${join(core, folder)}`),
  ];
  const library = await archive('wamr', target, sources, flags, [join(HOST, 'wamr/platform_internal.h')]);
  return {
    sources: [join(HOST, 'wamr.c'), library, '-lm', ...(aot ? (target.wamr.link ?? []) : [])],
    flags: [`-I${join(core, 'iwasm/include')}`, old ? '-DSNN_WAMR_1' : '-DSNN_SHARED_HEAP'],
  };
}

/**
 * What the WAMR of 2021 lacks for the Cortex-M0+: 64-bit arithmetic in the table of what machine code may call, and
 * relocation 2, R_ARM_ABS32, for jump tables.
 */
function relocations(core, target, old) {
  const present = join(core, 'iwasm/aot/arch', target.wamr.relocations);
  if (!old) return present;
  const absolute =
    'case 2: *(uint32 *)(target_section_addr + reloc_offset) += (uint32)symbol_addr + (uint32)reloc_addend; break;';
  const names = ['__muldi3', '__ashldi3', '__lshrdi3', '__ashrdi3'];
  const c = readFileSync(present, 'utf8')
    .replace('static SymbolMap', `${names.map((n) => `void ${n}();`).join('\n')}\nstatic SymbolMap`)
    .replace('REG_COMMON_SYMBOLS', `REG_COMMON_SYMBOLS\n${names.map((n) => `    REG_SYM(${n}),`).join('\n')}`)
    .replace('case R_ARM_THM_CALL:', `${absolute}\n        case R_ARM_THM_CALL:`);
  const file = join(CACHE, 'aot_reloc_thumb.c');
  if (!existsSync(file) || readFileSync(file, 'utf8') !== c) {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(file, c);
  }
  return file;
}
