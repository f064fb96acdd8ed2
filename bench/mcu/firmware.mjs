/** Builds one firmware per runtime and processor, and runs it on an emulated board. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { embed } from './wasm.mjs';

const start = promisify(execFile);
const HERE = import.meta.dirname;
const FIRMWARE = join(HERE, 'firmware');
const CACHE = resolve('.cache', 'mcu');
const RUN = join(CACHE, `run-${process.pid}`);
process.on('exit', () => rmSync(RUN, { recursive: true, force: true }));
const INSTRUCTIONS_PER_TICK = 40;

export const PROCESSORS = {
  m4: {
    name: 'Cortex-M4',
    cpu: 'cortex-m4',
    machine: 'mps2-an386',
    wamrc: ['--target=thumbv7em', '--cpu=cortex-m4', '--cpu-features=-vfp2,-fp64'],
    wamrTarget: 'thumbv7em',
  },
  'm0+': {
    name: 'Cortex-M0+',
    cpu: 'cortex-m0plus',
    machine: 'mps2-an385',
    wamrc: ['--target=thumbv6m', '--cpu=cortex-m0plus'],
    wamrTarget: 'thumbv6m',
  },
};

const WASM2C = 'wasm2c (Debian: wabt)';
export const RUNTIMES = [
  { id: 'wasm2c-generated', name: 'wasm2c as generated', build: (job) => wasm2c(job, {}) },
  { id: 'wasm2c', name: 'wasm2c checked', build: (job) => wasm2c(job, { access: true }) },
  {
    id: 'wasm2c-static',
    name: 'wasm2c checked, static memory',
    build: (job) => wasm2c(job, { access: true, defines: ['STATIC_MEMORY'] }),
  },
  {
    id: 'wasm2c-unchecked',
    name: 'wasm2c unchecked',
    build: (job) => wasm2c(job, { access: true, defines: ['UNCHECKED'] }),
  },
  {
    id: 'wasm2c-unchecked-static',
    name: 'wasm2c unchecked, static memory',
    build: (job) => wasm2c(job, { access: true, defines: ['UNCHECKED', 'STATIC_MEMORY'] }),
  },
  { id: 'aot', name: 'WAMR AOT checked', build: (job) => aot(job, true) },
  { id: 'aot-unchecked', name: 'WAMR AOT unchecked', build: (job) => aot(job, false) },
  { id: 'wamr', name: 'WAMR fast interpreter', build: interpreter },
  { id: 'wasm3', name: 'wasm3', build: wasm3 },
];

/** What a row lacks; the row says so and the others run. */
export class Missing extends Error {}

/** Instructions of every measured call. `layout` is what cases.mjs expects. */
export async function measure(runtime, processor, network, layout, engine, limit) {
  const folder = join(RUN, key(runtime.id, processor.cpu, network.name));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.snn'), network.model);
  writeFileSync(join(folder, 'images.bin'), Buffer.concat(network.images));
  const job = { folder, processor, engine: embed(engine, layout.memoryBytes), layout };
  const { sources, module, flags = [] } = await runtime.build(job);
  const defines = {
    HEAP_BASE: layout.heapBase,
    MEMORY_BYTES: layout.memoryBytes,
    LAYERS: layout.layers,
    IMAGES: network.images.length,
    IMAGE_BYTES: network.images[0].length,
    STEPS: layout.steps,
    STATE_SOPS: layout.fields.sops,
    STATE_EVENTS: layout.fields.events,
    STATE_SPIKES: layout.fields.spikes,
    ...(module === undefined ? {} : { MODULE: `"${module}"` }),
  };
  const elf = await link(processor, folder, [
    ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
    `-I${FIRMWARE}`,
    `-Wa,-I${folder}`,
    ...flags,
    join(FIRMWARE, 'main.c'),
    join(FIRMWARE, 'data.S'),
    ...sources,
  ]);
  return check(await emulate(processor, elf, limit), layout);
}

/** Instructions over synaptic operations of the kernel in C. */
export async function measureNative(processor, limit) {
  const folder = join(RUN, key('native', processor.cpu));
  mkdirSync(folder, { recursive: true });
  const elf = await link(processor, folder, [join(HERE, 'native.c')]);
  return (await emulate(processor, elf, limit))
    .filter(([what]) => what === 'gather')
    .map(([, ticks, sops]) => ({ instructions: ticks * INSTRUCTIONS_PER_TICK, sops }));
}

/** Versions of the tools, for the record. */
export async function versions() {
  const first = async (program, args) => {
    try {
      return (await start(program, args)).stdout.split('\n')[0];
    } catch {
      return 'not installed';
    }
  };
  return {
    gcc: await first('arm-none-eabi-gcc', ['--version']),
    qemu: await first('qemu-system-arm', ['--version']),
    wasm2c: await first('wasm2c', ['--version']),
    wamr: 'of crate wamr-sys 0.1.1 (early 2021)',
    wasm3: '0.4.7, of crate wasm3-sys 0.3.0',
  };
}

async function wasm2c({ folder, engine, layout }, { access = false, defines = [] }) {
  const wasm = join(folder, 'engine.wasm');
  const c = join(folder, 'engine.c');
  writeFileSync(wasm, engine);
  await run('wasm2c', [wasm, '-n', 'snn', '-o', c], WASM2C);
  if (access) writeFileSync(c, rewrite(readFileSync(c, 'utf8'), layout.memoryBytes));
  return {
    sources: [c, join(FIRMWARE, 'wasm2c.c')],
    flags: [`-I${folder}`, `-I${wasmRt()}`, ...defines.map((d) => `-D${d}`)],
  };
}

/** Hands base and constant offset of every access to the functions of access.h, in place of their 64-bit sum. */
function rewrite(c, memoryBytes) {
  const definitions = /^DEFINE_LOAD\(i32_load, [\s\S]*?^DEFINE_STORE\(i64_store32, .*$/m;
  const call = /\b(i(?:32|64)_(?:load|store)\w*\(&instance->w2c_memory, )\(u64\)\((\w+)\)(?: \+ (\d+)u)?/g;
  const rest = c.replace(definitions, '#include "access.h"');
  let most = 0;
  const out = rest.replace(call, (_, head, base, offset = '0') => {
    most = Math.max(most, Number(offset));
    return `${head}${base}, ${offset}u`;
  });
  if (rest === c || out === rest || /_(load|store)\w*\(&instance->w2c_memory, \(u64\)/.test(out))
    throw new Missing('this wasm2c writes other C; install wabt 1.0.32');
  if (most + 8 > memoryBytes) throw new Error(`an access at offset ${most} is beyond the memory`);
  return out;
}

/** The copy of wasm-rt.h beside libc's; alone in a folder, so that nothing else of the host is seen. */
function wasmRt() {
  const folder = join(CACHE, 'wasm-rt');
  const header = ['/usr/include/wasm-rt.h', '/usr/local/include/wasm-rt.h'].find(existsSync);
  if (header === undefined) throw new Missing(`install ${WASM2C}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'wasm-rt.h'), readFileSync(header));
  return folder;
}

async function aot(job, checked) {
  const wasm = join(job.folder, 'engine.wasm');
  const module = join(job.folder, 'engine.aot');
  writeFileSync(wasm, job.engine);
  const options = [
    '--target-abi=gnu',
    '--opt-level=3',
    '--size-level=3',
    `--bounds-checks=${checked ? 1 : 0}`,
  ];
  await run(await wamrc(), [...job.processor.wamrc, ...options, '-o', module, wasm], 'wamrc');
  return { ...(await wamr(job.processor)), module: 'engine.aot' };
}

async function interpreter(job) {
  writeFileSync(join(job.folder, 'engine.wasm'), job.engine);
  return { ...(await wamr(job.processor)), module: 'engine.wasm' };
}

async function wamr(processor) {
  const root = join(await crate('wamr-sys', '0.1.1'), 'wasm-micro-runtime');
  const core = join(root, 'core');
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
  const sources = [
    ...['common', 'aot'].flatMap((folder) => sourcesIn(join(core, 'iwasm', folder))),
    ...['wasm_interp_fast.c', 'wasm_loader.c', 'wasm_runtime.c'].map((f) =>
      join(core, 'iwasm/interpreter', f),
    ),
    relocations(core),
    join(core, 'iwasm/common/arch/invokeNative_thumb.s'),
    ...sourcesIn(join(core, 'iwasm/libraries/libc-builtin')),
    ...sourcesIn(join(core, 'shared/mem-alloc')),
    ...sourcesIn(join(core, 'shared/mem-alloc/ems')),
    ...sourcesIn(join(core, 'shared/utils')),
    join(FIRMWARE, 'wamr/platform.c'),
  ].filter((f) => !/wasm_c_api|runtime_timer/.test(f));
  const flags = [
    '-std=gnu99',
    '-w',
    '-fno-strict-aliasing',
    '-DBUILD_TARGET_THUMB',
    `-DBUILD_TARGET="${processor.wamrTarget}"`,
    '-DWASM_ENABLE_INTERP=1',
    '-DWASM_ENABLE_FAST_INTERP=1',
    '-DWASM_ENABLE_AOT=1',
    '-DWASM_ENABLE_LIBC_BUILTIN=1',
    '-DWASM_DISABLE_HW_BOUND_CHECK=1',
    '-DBH_MALLOC=wasm_runtime_malloc',
    '-DBH_FREE=wasm_runtime_free',
    `-I${join(FIRMWARE, 'wamr')}`,
    ...folders.map((folder) => `-I${join(core, folder)}`),
  ];
  const library = await archive('wamr', processor, sources, flags);
  return {
    sources: [join(FIRMWARE, 'wamr.c'), library, '-lm'],
    flags: [`-I${join(core, 'iwasm/include')}`],
  };
}

/**
 * What this WAMR lacks for the Cortex-M0+: 64-bit arithmetic in the table of what machine code may call, and
 * relocation 2, R_ARM_ABS32, for jump tables.
 */
function relocations(core) {
  const absolute =
    'case 2: *(uint32 *)(target_section_addr + reloc_offset) += (uint32)symbol_addr + (uint32)reloc_addend; break;';
  const names = ['__muldi3', '__ashldi3', '__lshrdi3', '__ashrdi3'];
  const c = readFileSync(join(core, 'iwasm/aot/arch/aot_reloc_thumb.c'), 'utf8')
    .replace('static SymbolMap', `${names.map((n) => `void ${n}();`).join('\n')}\nstatic SymbolMap`)
    .replace('REG_COMMON_SYMBOLS', `REG_COMMON_SYMBOLS\n${names.map((n) => `    REG_SYM(${n}),`).join('\n')}`)
    .replace('case R_ARM_THM_CALL:', `${absolute}\n        case R_ARM_THM_CALL:`);
  const file = join(CACHE, 'aot_reloc_thumb.c');
  writeFileSync(file, c);
  return file;
}

async function wasm3(job) {
  const source = join(await crate('wasm3-sys', '0.3.0'), 'wasm3', 'source');
  writeFileSync(join(job.folder, 'engine.wasm'), job.engine);
  const flags = [
    '-std=gnu99',
    '-w',
    '-fno-strict-aliasing',
    '-Dd_m3HasFloat=0',
    '-Dd_m3CodePageAlignSize=1024',
    '-Dd_m3MaxFunctionStackHeight=128',
    '-Dd_m3LogOutput=0',
    // With slots of 32 bits, its default here, this version computes the engine's 64-bit sums wrongly.
    '-Dd_m3Use32BitSlots=0',
    `-I${source}`,
  ];
  const files = sourcesIn(source).filter((f) => !/m3_api|m3_optimize/.test(f));
  const library = await archive('wasm3', job.processor, files, flags);
  return { sources: [join(FIRMWARE, 'wasm3.c'), library], flags, module: 'engine.wasm' };
}

function sourcesIn(folder) {
  return readdirSync(folder)
    .filter((f) => f.endsWith('.c'))
    .map((f) => join(folder, f));
}

/** The C source that a Rust crate carries, which cargo fetches into its own cache. */
async function crate(name, version) {
  const find = () => {
    const registry = join(
      process.env.CARGO_HOME ?? join(process.env.HOME ?? '', '.cargo'),
      'registry',
      'src',
    );
    if (!existsSync(registry)) return undefined;
    return readdirSync(registry)
      .map((index) => join(registry, index, `${name}-${version}`))
      .find(existsSync);
  };
  const present = find();
  if (present !== undefined) return present;
  const folder = join(CACHE, 'crates', name);
  mkdirSync(join(folder, 'src'), { recursive: true });
  const manifest = [
    '[package]',
    'name = "fetch"',
    'version = "0.0.0"',
    '[dependencies]',
    `${name} = "=${version}"`,
  ];
  writeFileSync(join(folder, 'Cargo.toml'), manifest.join('\n'));
  writeFileSync(join(folder, 'src', 'lib.rs'), '');
  await run('cargo', ['fetch', '--manifest-path', join(folder, 'Cargo.toml')], 'cargo');
  return find() ?? Promise.reject(new Missing(`install crate ${name} ${version}`));
}

/**
 * The compiler of the same WAMR, on LLVM 13, the newest that it builds on; what LLVM has dropped since (one
 * optimisation pass) is given by a similar one. WAMRC names another, of the same age: the file format has versions.
 */
async function wamrc() {
  if (process.env.WAMRC) return process.env.WAMRC;
  const folder = join(CACHE, 'wamrc');
  const program = join(folder, 'wamrc');
  if (existsSync(program)) return program;
  const llvm = '/usr/lib/llvm-13';
  if (!existsSync(join(llvm, 'lib', 'cmake'))) throw new Missing('install llvm-13-dev, cmake, g++ and make');
  const root = join(await crate('wamr-sys', '0.1.1'), 'wasm-micro-runtime');
  mkdirSync(folder, { recursive: true });
  // The build wants a folder inside its source tree.
  const source = join(folder, 'source');
  await run('cp', ['-r', '--no-preserve=mode', `${root}/.`, source]);
  mkdirSync(join(source, 'core', 'deps', 'llvm', 'build'), { recursive: true });
  const build = join(folder, 'build');
  const quiet = ['-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_C_FLAGS=-w', '-DCMAKE_CXX_FLAGS=-w'];
  const cmake = [
    '-S',
    join(source, 'wamr-compiler'),
    '-B',
    build,
    `-DLLVM_DIR=${llvm}/lib/cmake/llvm`,
    ...quiet,
  ];
  await run('cmake', cmake, 'cmake');
  await run('make', ['-C', build, '-j2', 'aotclib', 'vmlib'], 'make');
  await run('make', ['-C', build, 'main.o'], 'make');
  const shim = join(folder, 'shim.c');
  writeFileSync(
    shim,
    'struct LLVMOpaquePassManager;\nvoid LLVMAddSCCPPass(struct LLVMOpaquePassManager *);\n' +
      'void LLVMAddConstantPropagationPass(struct LLVMOpaquePassManager *p) { LLVMAddSCCPPass(p); }\n',
  );
  await run('gcc', ['-c', shim, '-o', join(folder, 'shim.o')], 'gcc');
  const objects = [join(build, 'CMakeFiles', 'wamrc.dir', 'main.c.o'), join(folder, 'shim.o')];
  const libraries = [join(build, 'libaotclib.a'), join(build, 'libvmlib.a'), `-L${llvm}/lib`, '-lLLVM-13'];
  await run('g++', [...objects, ...libraries, '-lm', '-ldl', '-lpthread', '-o', program], 'g++');
  return program;
}

/** Compiles sources once per processor and set of flags. */
async function archive(name, processor, sources, flags) {
  const folder = join(CACHE, 'lib', key(name, processor.cpu, ...flags, ...sources));
  const library = join(folder, `lib${name}.a`);
  if (existsSync(library)) return library;
  mkdirSync(folder, { recursive: true });
  const objects = sources.map((source, i) => {
    const object = join(folder, `${i}.o`);
    return { source, object };
  });
  const sections = ['-O2', '-ffunction-sections', '-fdata-sections'];
  for (const { source, object } of objects)
    await gcc([...target(processor), ...sections, ...flags, '-c', source, '-o', object]);
  await run('arm-none-eabi-ar', ['rcs', library, ...objects.map((o) => o.object)], 'binutils-arm-none-eabi');
  return library;
}

async function link(processor, folder, args) {
  const elf = join(folder, 'firmware.elf');
  const memory = { flash: 0, flash_size: 0x400000, ram: 0x20000000, ram_size: 0x400000 };
  await gcc([
    ...target(processor),
    '--oslib=semihost',
    '--crt0=hosted',
    '-O2',
    '-w',
    ...args,
    '-Wl,--gc-sections',
    ...Object.entries(memory).map(([name, value]) => `-Wl,--defsym=__${name}=${value}`),
    '-o',
    elf,
  ]);
  return elf;
}

function target({ cpu }) {
  return ['--specs=picolibc.specs', `-mcpu=${cpu}`, '-mthumb'];
}

function gcc(args) {
  return run('arm-none-eabi-gcc', args, 'gcc-arm-none-eabi and picolibc-arm-none-eabi');
}

/** The words of every line that the firmware prints, numbers as numbers. */
async function emulate({ machine }, elf, seconds) {
  const semihosting = ['-semihosting-config', 'enable=on,target=native'];
  const args = [
    '-M',
    machine,
    '-icount',
    'shift=0',
    '-display',
    'none',
    '-monitor',
    'none',
    '-serial',
    'none',
  ];
  const { stdout, stderr, timedOut } = await run(
    'qemu-system-arm',
    [...args, ...semihosting, '-kernel', elf],
    {
      advice: 'qemu-system-arm',
      seconds,
    },
  );
  if (timedOut) throw new Error(`no end within ${seconds} s`);
  const lines = `${stdout}${stderr}`.split(/\r?\n/).map((line) => line.split(' '));
  const failed = lines.find(([what]) => what === 'fail');
  if (failed !== undefined) throw new Error(failed.slice(1).join(' '));
  if (!lines.some(([what]) => what === 'done')) {
    const said = `${stdout}${stderr}`.trim().split('\n').slice(-3).join('; ');
    throw new Error(`the firmware died: ${said || 'no output'}`);
  }
  return lines.map(([what, ...numbers]) => [what, ...numbers.map(Number)]);
}

/** Refuses a result whose counters are not those of V8. */
function check(lines, layout) {
  const found = (wanted) => lines.filter(([what]) => what === wanted);
  const instructions = (what) => found(what).map(([, ticks]) => ticks * INSTRUCTIONS_PER_TICK);
  const expected = layout.counters.flat();
  const steps = found('step').map(([, ticks, sops, events, spikes]) => ({ ticks, sops, events, spikes }));
  if (steps.length !== expected.length)
    throw new Error(`${steps.length} steps instead of ${expected.length}`);
  steps.forEach((step, i) => {
    for (const field of ['sops', 'events', 'spikes'])
      if (step[field] !== expected[i][field])
        throw new Error(`${field} of step ${i} differ from V8: ${step[field]}, ${expected[i][field]}`);
  });
  // Counters run from begin on.
  const points = steps.map(({ ticks, sops, events }, i) => {
    const before = i % layout.steps === 0 ? { sops: 0, events: 0 } : steps[i - 1];
    const spent = ticks * INSTRUCTIONS_PER_TICK;
    return { instructions: spent, sops: sops - before.sops, events: events - before.events };
  });
  return {
    load: instructions('load')[0],
    open: instructions('open')[0],
    begin: instructions('begin'),
    points,
  };
}

async function run(program, args, options = {}) {
  const { advice = program, seconds = 600 } = typeof options === 'string' ? { advice: options } : options;
  const child = { timeout: seconds * 1000, maxBuffer: 1 << 26, killSignal: 'SIGKILL' };
  const promise = start(program, args, child);
  promise.child.stdin.end();
  try {
    return await promise;
  } catch (error) {
    if (error.code === 'ENOENT') throw new Missing(`install ${advice}`);
    if (error.killed) return { stdout: error.stdout, stderr: error.stderr, timedOut: true };
    // A firmware that fails ends QEMU with its own status; its output tells why.
    if (program.startsWith('qemu')) return { stdout: error.stdout, stderr: error.stderr };
    const said = `${error.stderr}${error.stdout}`.trim().split('\n');
    const line = said.find((l) => /error|cannot|undefined/i.test(l)) ?? said.at(-1);
    throw new Error(`${program} failed: ${line}`);
  }
}

function key(...parts) {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}
