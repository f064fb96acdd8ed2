/** The engine's ABI in a memory of which all is known: models at its very end, where a read behind them traps. */
import { readFileSync } from 'node:fs';
import type { Engine } from '../../host/abi.ts';

const PAGES = 64;
const PAGE = 65536;

/** Both engines: 'snn-core', then 'snn-core-simd'. */
export const BUILDS = ['snn-core', 'snn-core-simd'].map((name) => ({
  name,
  module: new WebAssembly.Module(readFileSync(`build/${name}.wasm`)),
}));

export function start(module: WebAssembly.Module, pages = PAGES): Engine {
  const engine = new WebAssembly.Instance(module, {}).exports as unknown as Engine;
  engine.memory.grow(pages - engine.memory.buffer.byteLength / PAGE);
  return engine;
}

/** Bytes of arena, or −status. */
export function measure(engine: Engine, model: Uint8Array): number {
  return engine.measure(atEnd(engine, model), model.length);
}

/** Puts a model at the end of memory; the CRC is not looked at by `open`, which follows. */
export function open(engine: Engine, model: Uint8Array, net: number, size: number): number {
  return engine.open(atEnd(engine, model), model.length, net, size);
}

function atEnd(engine: Engine, model: Uint8Array): number {
  const memory = new Uint8Array(engine.memory.buffer);
  const at = (memory.length - model.length) & ~15;
  memory.set(model, at);
  return at;
}
