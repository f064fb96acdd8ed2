/** The modules of setup.ts, and a memory to put operands in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Kernel = (...operands: (number | bigint | boolean)[]) => number;

/** What memory holds that nobody has written. */
const PATTERN = 0xa5;
const PAGES = 8;

export class Kernels {
  readonly call: Record<string, Kernel>;
  readonly #exports: WebAssembly.Exports;
  readonly #memory: WebAssembly.Memory;
  readonly #base: number;
  #next: number;

  constructor(name: 'lanes' | 'simd') {
    const module = new WebAssembly.Module(readFileSync(join('.cache', 'kernels', `${name}.wasm`)));
    this.#exports = new WebAssembly.Instance(module, {}).exports;
    this.call = this.#exports as unknown as Record<string, Kernel>;
    this.#memory = this.#exports.memory as WebAssembly.Memory;
    this.#base = 1024;
    this.#next = this.#base;
    this.#memory.grow(PAGES);
    this.clear();
  }

  constant(name: string): number {
    return (this.#exports[name] as WebAssembly.Global).value as number;
  }

  get memory(): ArrayBuffer {
    return this.#memory.buffer;
  }

  get end(): number {
    return this.memory.byteLength;
  }

  /** Forgets all that was put. */
  clear(): void {
    new Uint8Array(this.memory).fill(PATTERN, this.#base);
    this.#next = this.#base;
  }

  /** Room for operands, with as much as kernels may write behind it, and more. */
  room(bytes: number): number {
    const at = this.#next;
    this.#next = (at + bytes + 64 + 15) & ~15;
    if (this.#next > this.end) throw new RangeError('too many operands');
    return at;
  }

  put(values: Uint8Array | Uint16Array | Int16Array | Int32Array | Uint32Array): number {
    const at = this.room(values.byteLength);
    new Uint8Array(this.memory).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    return at;
  }

  i16(at: number, length: number): number[] {
    return [...new Int16Array(this.memory, at, length)];
  }

  u16(at: number, length: number): number[] {
    return [...new Uint16Array(this.memory, at, length)];
  }

  i32(at: number, length: number): number[] {
    return [...new Int32Array(this.memory, at, length)];
  }

  u32(at: number, length: number): number[] {
    return [...new Uint32Array(this.memory, at, length)];
  }

  /** Of 16 or 32 bits. */
  values(at: number, length: number, is32: boolean): number[] {
    return is32 ? this.i32(at, length) : this.i16(at, length);
  }

  putValues(values: number[], is32: boolean): number {
    return this.put(is32 ? Int32Array.from(values) : Int16Array.from(values));
  }

  /** Whether nobody has written these bytes. */
  isUntouched(at: number, bytes: number): boolean {
    return new Uint8Array(this.memory, at, bytes).every((byte) => byte === PATTERN);
  }
}

/** A sum as a drive or a membrane holds it. */
export function wrap(value: number, is32: boolean): number {
  return is32 ? value | 0 : (value << 16) >> 16;
}

export function times<T>(length: number, make: (i: number) => T): T[] {
  return Array.from({ length }, (_, i) => make(i));
}
