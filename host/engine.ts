/** The engine, compiled once for all networks of a program; and the bytes of models. */
import { CORE, CORE_SIMD } from '../build/embedded.ts';

/** The bytes of a `.snn` file, or where they are: an address; in Node a path too. */
export type ModelSource = Uint8Array | ArrayBuffer | string | URL;

export interface LoadOptions {
  /** Force the SIMD or the MVP engine; by default the best one that this machine runs. */
  simd?: boolean;
}

export interface BatchOptions extends LoadOptions {
  /** Worker threads, 1 to 1024; all cores by default. */
  threads?: number;
}

/** A module of one function that needs SIMD128: (v128.const 0) (drop). */
const SIMD_PROBE = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 23, 1, 21, 0, 253, 12, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 26, 11,
]);

const compiled = new Map<boolean, Promise<WebAssembly.Module>>();

export function engine({
  simd = WebAssembly.validate(SIMD_PROBE),
}: LoadOptions): Promise<WebAssembly.Module> {
  let module = compiled.get(simd);
  if (module === undefined) {
    const bytes = Uint8Array.from(atob(simd ? CORE_SIMD : CORE), (c) => c.charCodeAt(0));
    module = WebAssembly.compile(bytes);
    compiled.set(simd, module);
    module.catch(() => compiled.delete(simd));
  }
  return module;
}

async function download(address: string | URL): Promise<Uint8Array> {
  let answer: Response;
  try {
    answer = await fetch(address);
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    throw new Error(`${address}: cannot be fetched (${why}); check the address and the network`);
  }
  if (!answer.ok)
    throw new Error(`${address}: HTTP status ${answer.status}; correct the address of the model`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** @throws Error that names the address, where that is what is given */
export async function bytesOf(model: ModelSource): Promise<Uint8Array> {
  if (model instanceof Uint8Array) return model;
  return model instanceof ArrayBuffer ? new Uint8Array(model) : download(model);
}
