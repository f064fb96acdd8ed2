/** What we compare the engine with in WebAssembly: the obvious engine, and a dense int8 ANN. Compiled when first run. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Contestant, type Trial, timeEach } from './contestant.ts';

const PAGE = 65536;

interface Exports {
  memory: WebAssembly.Memory;
  __heap_base: WebAssembly.Global;
  prepare(flat: number, arena: number): number;
  run(flat: number, arena: number, image: number): number;
}

export async function compile(name: string): Promise<WebAssembly.Module> {
  const [source, folder] = [join('bench', 'wasm', `${name}.ts`), join('.cache', 'bench')];
  const file = join(folder, `${name}.wasm`);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file) || statSync(file).mtimeMs < statSync(source).mtimeMs) {
    const flags = ['--runtime', 'stub', '-O3', '--noAssert', '--use', 'abort=', '--enable', 'simd'];
    assemble(source, file, flags);
  }
  return WebAssembly.compile(readFileSync(file));
}

/** Runs the AssemblyScript compiler; asconfig.json holds unless `flags` say otherwise. */
export function assemble(source: string, file: string, flags: string[]): void {
  const asc = join('node_modules', 'assemblyscript', 'bin', 'asc.js');
  execFileSync(process.execPath, [asc, source, '-o', file, ...flags, '--disableWarning', '201'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function contestant(trial: Trial, id: string, name: string): Promise<Contestant> {
  const { exports } = await WebAssembly.instantiate(await compile(id), {});
  const wasm = exports as unknown as Exports;
  const flat = readFileSync(join(trial.folder, 'network.flat'));
  const image = align(wasm.__heap_base.value as number);
  const network = align(image + (trial.images[0] as Uint8Array).length);
  const arena = align(network + flat.length);
  // More than any network here asks for; memory that is never touched costs nothing.
  wasm.memory.grow(Math.ceil((arena + 16 * flat.length + (64 << 20)) / PAGE));
  new Uint8Array(wasm.memory.buffer).set(flat, network);
  wasm.prepare(network, arena);
  const classes = new DataView(flat.buffer, flat.byteOffset).getInt32(
    32 + 80 * (flat.readInt32LE(0) - 1) + 8,
    true,
  );
  return {
    id,
    name,
    version: `V8 ${process.versions.v8}`,
    batch: 1,
    pass: async (cold, count) => {
      const evidence: number[][] = [];
      const work = (pixels: Uint8Array): number => {
        new Uint8Array(wasm.memory.buffer).set(pixels, image);
        return wasm.run(network, arena, image);
      };
      const ms = await timeEach(trial.images, { cold, count }, work, (at) => {
        evidence.push([...new Int32Array(wasm.memory.buffer, at, classes)]);
      });
      return { ms, evidence };
    },
    close: () => {},
  };
}

function align(address: number): number {
  return Math.ceil(address / 64) * 64;
}

export function scatter(trial: Trial): Promise<Contestant> {
  return contestant(trial, 'scatter', 'plain scatter engine, Wasm');
}

export function dense(trial: Trial): Promise<Contestant> {
  return contestant(trial, 'dense', 'dense int8 ANN, Wasm SIMD');
}
