/** How fast rows can be added at all: the inner loop alone, on rows that stay in a cache. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Answering, native } from './process.ts';
import { compile } from './wasm.ts';

export interface Roofline {
  /** SOPs per millisecond on rows in the first-level cache, and in the second. */
  wasm: { l1: number; l2: number };
  native?: { l1: number; l2: number; vectors: string };
  /** Why there is no native one. */
  missing?: string;
}

const ROUNDS = 20;
const REPEATS = 200;

export async function roofline(): Promise<Roofline> {
  const { exports } = await WebAssembly.instantiate(await compile('roofline'), {});
  const sums = exports.sums as (bytes: number, repeats: number) => number;
  const best = (bytes: number): number => {
    let ms = Number.POSITIVE_INFINITY;
    let sops = 0;
    for (let i = 0; i < ROUNDS; i++) {
      const start = performance.now();
      sops = sums(bytes, REPEATS);
      ms = Math.min(ms, performance.now() - start);
    }
    return sops / ms;
  };
  const wasm = { l1: best(16 << 10), l2: best(512 << 10) };
  const built = native();
  if ('why' in built) return { wasm, missing: built.why };
  const folder = join('.cache', 'bench', 'synthetic');
  mkdirSync(folder, { recursive: true });
  const child = new Answering(built.program, [join(folder, 'network.flat'), join(folder, 'images.u8')]);
  try {
    const { vectors, l1_sops_per_ms, l2_sops_per_ms } = await child.ask<{
      vectors: string;
      l1_sops_per_ms: number;
      l2_sops_per_ms: number;
    }>('roofline');
    return { wasm, native: { l1: l1_sops_per_ms, l2: l2_sops_per_ms, vectors } };
  } catch (error) {
    return { wasm, missing: (error as Error).message };
  } finally {
    child.close();
  }
}
