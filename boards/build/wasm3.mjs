/** wasm3 as a library. */
import { join } from 'node:path';
import { sourcesIn, wasm3Source } from './crates.mjs';
import { archive } from './gcc.mjs';

const HOST = join(import.meta.dirname, '..', '..', 'host', 'c');

/** @param {{ source?: string, sanitize?: string[] }} options `source`: the folder with wasm3.h */
export async function wasm3(target, { source, sanitize = [] } = {}) {
  const folder = source ?? (await wasm3Source());
  const flags = [
    '-std=gnu99',
    '-w',
    '-fno-strict-aliasing',
    '-Dd_m3HasFloat=0',
    '-Dd_m3CodePageAlignSize=1024',
    '-Dd_m3MaxFunctionStackHeight=128',
    // It evaluates constants on a C stack of so many slots of 8 bytes; 4,000 by default.
    '-Dd_m3MaxFunctionSlots=512',
    '-Dd_m3LogOutput=0',
    // With slots of 32 bits, its default here, version 0.4.7 computes the engine's 64-bit sums wrongly.
    '-Dd_m3Use32BitSlots=0',
    ...sanitize,
    `-I${folder}`,
  ];
  const files = sourcesIn(folder).filter((f) => !/m3_api|m3_optimize/.test(f));
  const library = await archive('wasm3', target, files, flags);
  return { sources: [join(HOST, 'wasm3.c'), library, '-lm'], flags };
}
