/** The runtimes that a firmware can be built with: what each compiles the engine to, and the room it gets. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wamrRoot, wamrVersion } from './build/crates.mjs';
import { Missing } from './build/program.mjs';
import { wamr } from './build/wamr.mjs';
import { compileAhead } from './build/wamrc.mjs';
import { wasm2c } from './build/wasm2c.mjs';
import { wasm3 } from './build/wasm3.mjs';

const PAGE = 65536;
/** What the engine may have grown by, as WAMR loads it, since ram.json was measured. */
const GROWTH = 2048;

/**
 * `build` takes a job { folder, board, module, network: { memoryBytes }, inPlace } and returns sources, flags, the module's
 * file, if it lies in flash, and the bytes of room. `inPlace`: it reads a model where it lies. `stack`: what C's stack gets.
 */
export const RUNTIMES = [
  {
    id: 'wasm2c',
    name: 'wasm2c, 32-bit checks',
    inPlace: true,
    build: (job) => translated(job, { access: true, defines: ['STATIC_MEMORY'] }),
  },
  {
    id: 'wasm2c-unchecked',
    name: 'wasm2c, unchecked',
    inPlace: true,
    build: (job) => translated(job, { access: true, defines: ['UNCHECKED', 'STATIC_MEMORY'] }),
  },
  { id: 'wasm2c-generated', name: 'wasm2c as generated', build: (job) => translated(job, {}) },
  { id: 'aot', name: 'WAMR AOT', inPlace: 'current', build: (job) => ahead(job, {}) },
  {
    id: 'aot-unchecked',
    name: 'WAMR AOT, unchecked',
    inPlace: 'current',
    build: (job) => ahead(job, { checked: false }),
  },
  {
    id: 'xip',
    name: 'WAMR AOT in flash (XIP)',
    inPlace: 'current',
    build: (job) => ahead(job, { inFlash: true }),
  },
  {
    id: 'wamr',
    name: 'WAMR, fast interpreter',
    inPlace: 'current',
    build: (job) => interpreted(job, 'fast'),
  },
  {
    id: 'wamr-classic',
    name: 'WAMR, classic interpreter',
    inPlace: 'current',
    build: (job) => interpreted(job, 'classic'),
  },
  { id: 'wasm3', name: 'wasm3', stack: 8 * 1024, build: threaded },
  // For bench/mcu: the memory's place and size are not known to the compiler.
  {
    id: 'wasm2c-room',
    name: 'wasm2c, 32-bit checks, room',
    inPlace: true,
    build: (job) => translated(job, { access: true }),
  },
  {
    id: 'wasm2c-unchecked-room',
    name: 'wasm2c, unchecked, room',
    inPlace: true,
    build: (job) => translated(job, { access: true, defines: ['UNCHECKED'] }),
  },
];

export function runtimeOf(id) {
  const runtime = RUNTIMES.find((r) => r.id === id);
  if (runtime === undefined)
    throw new Missing(`no runtime ${id}; there are ${RUNTIMES.map((r) => r.id).join(', ')}`);
  return runtime;
}

/** Of the runtime's sources, as they are found here. */
export async function versionOf({ id }) {
  if (id.startsWith('wasm2c')) return '1.0.32';
  return id === 'wasm3' ? '0.4.7' : wamrVersion();
}

/** Whether a runtime, as it is found here, reads a model in place. */
export async function readsInPlace({ inPlace }) {
  return inPlace === 'current' ? !(await wamrRoot()).old : inPlace === true;
}

async function translated({ folder, module, network, inPlace }, { access = false, defines = [] }) {
  const { memoryBytes } = network;
  const all = [...defines, `MEMORY_BYTES=${memoryBytes}`, ...(inPlace ? ['WINDOW'] : [])];
  const room = defines.includes('STATIC_MEMORY') ? 0 : memoryBytes;
  return { ...(await wasm2c(folder, module, { access, memoryBytes, defines: all })), room };
}

async function ahead({ folder, board, module, network, inPlace }, how) {
  const { old } = await wamrRoot();
  if (old && how.inFlash)
    throw new Missing('the wamrc of 2021 makes no XIP; name a current WAMR in WAMR_ROOT and WAMRC');
  const name = await compileAhead(folder, module, board.wamrc, { ...how, sharedHeap: inPlace });
  const built = await wamr(board.target, { engine: 'aot' });
  return { ...built, module: name, room: await roomOf(how.inFlash ? 'xip' : 'aot', network) };
}

async function interpreted({ folder, board, module, network }, engine) {
  writeFileSync(join(folder, 'engine.wasm'), module);
  const built = await wamr(board.target, { engine });
  return {
    ...built,
    module: 'engine.wasm',
    room: await roomOf(engine === 'fast' ? 'wamr' : 'wamr-classic', network),
  };
}

async function threaded({ folder, board, module }) {
  writeFileSync(join(folder, 'engine.wasm'), module);
  return { ...(await wasm3(board.target)), module: 'engine.wasm' };
}

/** WAMR's linear memory is made of pages; beside it what ram.json has measured, or `network.ample`. */
async function roomOf(id, { memoryBytes, ample }) {
  const pages = Math.ceil(memoryBytes / PAGE) * PAGE;
  if (ample !== undefined) return pages + ample;
  const { runtimes } = JSON.parse(readFileSync(join(import.meta.dirname, 'ram.json'), 'utf8'));
  const measured = (await wamrRoot()).old ? runtimes[id] : runtimes[`${id}-current`];
  // Machine code in RAM is of another size on every chip.
  const more = id === 'aot' && !(await wamrRoot()).old ? 32 * 1024 : GROWTH;
  return pages + (measured === undefined ? 128 * 1024 : measured.dynamic + more);
}
