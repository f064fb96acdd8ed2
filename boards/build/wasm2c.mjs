/** A module as C, by wasm2c of wabt 1.0.32. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, Missing, run } from './program.mjs';

const HOST = join(import.meta.dirname, '..', '..', 'host', 'c');
const ADVICE = 'wasm2c 1.0.32 (Debian: wabt)';

/**
 * Writes engine.c and engine.h into `folder`.
 * @param {{ access?: boolean, memoryBytes?: number, defines?: string[] }} options `access`: with the loads and stores of
 *   access.h; then no memory may be smaller than `memoryBytes`
 */
export async function wasm2c(folder, module, { access = false, memoryBytes = 65536, defines = [] } = {}) {
  const wasm = join(folder, 'engine.wasm');
  const c = join(folder, 'engine.c');
  writeFileSync(wasm, module);
  await run('wasm2c', [wasm, '-n', 'snn', '-o', c], { advice: ADVICE });
  if (!/\bZ_snnZ_\w+\(/.test(readFileSync(join(folder, 'engine.h'), 'utf8')))
    throw new Missing(`this wasm2c writes other C; install ${ADVICE}`);
  if (access) writeFileSync(c, rewrite(readFileSync(c, 'utf8'), memoryBytes));
  return {
    sources: [c, join(HOST, 'wasm2c.c')],
    flags: ['-DNDEBUG', `-I${folder}`, `-I${HOST}`, `-I${wasmRt()}`, ...defines.map((d) => `-D${d}`)],
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
    throw new Missing(`this wasm2c writes other C; install ${ADVICE}`);
  if (most + 8 > memoryBytes) throw new Error(`an access at offset ${most} is beyond the memory`);
  return out;
}

/** The copy of wasm-rt.h beside libc's; alone in a folder, so that nothing else of the host is seen. */
export function wasmRt() {
  const folder = join(CACHE, 'wasm-rt');
  const header = ['/usr/include/wasm-rt.h', '/usr/local/include/wasm-rt.h'].find(existsSync);
  if (header === undefined) throw new Missing(`install ${ADVICE}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'wasm-rt.h'), readFileSync(header));
  return folder;
}
