/** wamrc: a module as machine code for WAMR. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wamrRoot } from './crates.mjs';
import { CACHE, Missing, run } from './program.mjs';

/** How wamrc is told of a processor. */
export const TARGETS = {
  thumbv7em: ['--target=thumbv7em', '--cpu=cortex-m4', '--cpu-features=-vfp2,-fp64'],
  thumbv6m: ['--target=thumbv6m', '--cpu=cortex-m0plus'],
  riscv32: ['--target=riscv32', '--target-abi=ilp32', '--cpu=generic-rv32', '--cpu-features=+m,+c'],
};

/**
 * Writes engine.aot into `folder`; `options` name the processor.
 * @param {{ checked?: boolean, inFlash?: boolean, sharedHeap?: boolean }} how `inFlash`: code that runs where it lies
 *   (XIP), `sharedHeap`: may read a model in place; neither by the wamrc of 2021
 */
export async function compileAhead(folder, module, options, { checked = true, inFlash, sharedHeap } = {}) {
  const wasm = join(folder, 'engine.wasm');
  writeFileSync(wasm, module);
  const common = [
    ...(options.some((o) => o.startsWith('--target-abi')) ? [] : ['--target-abi=gnu']),
    '--opt-level=3',
    '--size-level=3',
    `--bounds-checks=${checked ? 1 : 0}`,
    ...(inFlash ? ['--xip'] : []),
    ...(sharedHeap ? ['--enable-shared-heap'] : []),
  ];
  const out = join(folder, 'engine.aot');
  await run(await wamrc(), [...options, ...common, '-o', out, wasm], { advice: 'wamrc' });
  return 'engine.aot';
}

/**
 * The compiler of the same WAMR, on LLVM 13, the newest that it builds on; what LLVM has dropped since (one
 * optimisation pass) is given by a similar one. WAMRC names another, of the same age: the file format has versions.
 */
async function wamrc() {
  if (process.env.WAMRC) return process.env.WAMRC;
  const { root, old } = await wamrRoot();
  if (!old) throw new Missing('with WAMR_ROOT, name the wamrc of the same version in WAMRC');
  const folder = join(CACHE, 'wamrc');
  const program = join(folder, 'wamrc');
  if (existsSync(program)) return program;
  const llvm = '/usr/lib/llvm-13';
  if (!existsSync(join(llvm, 'lib', 'cmake'))) throw new Missing('install llvm-13-dev, cmake, g++ and make');
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
  await run('cmake', cmake);
  await run('make', ['-C', build, '-j2', 'aotclib', 'vmlib']);
  await run('make', ['-C', build, 'main.o']);
  const shim = join(folder, 'shim.c');
  writeFileSync(
    shim,
    'struct LLVMOpaquePassManager;\nvoid LLVMAddSCCPPass(struct LLVMOpaquePassManager *);\n' +
      'void LLVMAddConstantPropagationPass(struct LLVMOpaquePassManager *p) { LLVMAddSCCPPass(p); }\n',
  );
  await run('gcc', ['-c', shim, '-o', join(folder, 'shim.o')]);
  const objects = [join(build, 'CMakeFiles', 'wamrc.dir', 'main.c.o'), join(folder, 'shim.o')];
  const libraries = [join(build, 'libaotclib.a'), join(build, 'libvmlib.a'), `-L${llvm}/lib`, '-lLLVM-13'];
  await run('g++', [...objects, ...libraries, '-lm', '-ldl', '-lpthread', '-o', program]);
  return program;
}
