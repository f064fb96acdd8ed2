/** C for a target: this machine, a bare Cortex-M or RISC-V. */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { CACHE, key, run } from './program.mjs';

/** This machine. */
export const HERE = {
  id: `${process.platform}-${process.arch}`,
  gcc: 'gcc',
  ar: 'ar',
  advice: 'gcc',
  flags: [],
  wamr: {
    x64: { name: 'X86_64', call: 'invokeNative_em64.s', defines: ['BUILD_TARGET_X86_64'] },
    arm64: { name: 'AARCH64', call: 'invokeNative_aarch64.s', defines: ['BUILD_TARGET_AARCH64'] },
  }[process.arch],
};

/** A Cortex-M with picolibc; `cpu` as gcc calls it. */
export function cortex(cpu, wamrTarget) {
  return {
    id: cpu,
    gcc: 'arm-none-eabi-gcc',
    ar: 'arm-none-eabi-ar',
    advice: 'gcc-arm-none-eabi and picolibc-arm-none-eabi',
    flags: ['--specs=picolibc.specs', `-mcpu=${cpu}`, '-mthumb'],
    wamr: {
      name: wamrTarget,
      call: 'invokeNative_thumb.s',
      relocations: 'aot_reloc_thumb.c',
      defines: ['BUILD_TARGET_THUMB'],
    },
  };
}

/** rv32imc with picolibc. With a newer -misa-spec gcc finds no library for it. */
export const RV32 = {
  id: 'rv32imc',
  gcc: 'riscv64-unknown-elf-gcc',
  ar: 'riscv64-unknown-elf-ar',
  advice: 'gcc-riscv64-unknown-elf and picolibc-riscv64-unknown-elf',
  flags: ['--specs=picolibc.specs', '-march=rv32imc', '-mabi=ilp32', '-misa-spec=2.2'],
  wamr: {
    name: 'RISCV32_ILP32',
    call: 'invokeNative_riscv.S',
    relocations: 'aot_reloc_riscv.c',
    // Of WAMR's table of what machine code may call; ours calls none of them, and rv32imc has none.
    link: ['compare_exchange', 'store'].map((name) => `-Wl,--defsym=__atomic_${name}_4=abort`),
    defines: ['BUILD_TARGET_RISCV32_ILP32'],
  },
};

/** Compiles sources into a library, once per target, sources, flags and what these `headers` say. */
export async function archive(name, target, sources, flags, headers = []) {
  const contents = [...sources, ...headers].map((source) => readFileSync(source));
  const folder = join(CACHE, 'lib', key(name, target.id, ...flags, ...sources, ...contents));
  const library = join(folder, `lib${name}.a`);
  if (existsSync(library)) return library;
  const part = `${folder}-${process.pid}`;
  mkdirSync(part, { recursive: true });
  const objects = sources.map((source, i) => ({ source, object: join(part, `${i}.o`) }));
  const common = [...target.flags, '-O2', '-ffunction-sections', '-fdata-sections', ...flags];
  const waiting = [...objects];
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      await run(target.gcc, [...common, '-c', next.source, '-o', next.object], { advice: target.advice });
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const made = join(part, `lib${name}.a`);
  await run(target.ar, ['rcs', made, ...objects.map((o) => o.object)], { advice: target.advice });
  // Another process may have been faster.
  if (!existsSync(library)) renameSync(part, folder);
  return library;
}

/** Compiles and links a program; `args` are its sources, flags and libraries in their order. */
export async function link(target, program, args) {
  const all = [...target.flags, ...args, '-Wl,--gc-sections', '-o', program];
  await run(target.gcc, all, { advice: target.advice });
  return program;
}
