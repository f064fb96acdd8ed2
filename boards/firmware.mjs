/** One firmware per runtime and processor: app/ with a network, its images and an engine embedded. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WAMR_CRATE, WASM3_CRATE } from './build/crates.mjs';
import { key, SCRATCH, version } from './build/program.mjs';
import { wamr } from './build/wamr.mjs';
import { compileAhead } from './build/wamrc.mjs';
import { wasm2c } from './build/wasm2c.mjs';
import { wasm3 } from './build/wasm3.mjs';
import { emulate, firmware } from './qemu-mps2/board.mjs';

const APP = join(import.meta.dirname, 'app');
const HOST = join(import.meta.dirname, '..', 'host', 'c');

/** What WAMR gets beside the linear memory, ample. */
const WAMR_BYTES = 256 * 1024;
const PAGE = 65536;

/**
 * A runtime: how to build it for a job { folder, processor, module, network }, and the room it gets. `pages`: its linear
 * memory is made of whole pages.
 */
export const RUNTIMES = [
  { id: 'wasm2c-generated', name: 'wasm2c as generated', build: (job) => translated(job, {}) },
  { id: 'wasm2c', name: 'wasm2c checked', build: (job) => translated(job, { access: true }) },
  {
    id: 'wasm2c-static',
    name: 'wasm2c checked, static memory',
    build: (job) => translated(job, { access: true, defines: ['STATIC_MEMORY'] }),
  },
  {
    id: 'wasm2c-unchecked',
    name: 'wasm2c unchecked',
    build: (job) => translated(job, { access: true, defines: ['UNCHECKED'] }),
  },
  {
    id: 'wasm2c-unchecked-static',
    name: 'wasm2c unchecked, static memory',
    build: (job) => translated(job, { access: true, defines: ['UNCHECKED', 'STATIC_MEMORY'] }),
  },
  { id: 'aot', name: 'WAMR AOT checked', build: (job) => ahead(job, true) },
  { id: 'aot-unchecked', name: 'WAMR AOT unchecked', build: (job) => ahead(job, false) },
  { id: 'wamr', name: 'WAMR fast interpreter', build: interpreted },
  { id: 'wasm3', name: 'wasm3', build: threaded },
];

/**
 * Builds and runs; the words of every line that the firmware printed.
 * @param network { name, images: Uint8Array[], steps, module: Uint8Array, memoryBytes, model?: Uint8Array } `module`: by
 *   bundleCore; `model`: where the module has room for it only
 */
export async function runFirmware(runtime, processor, network, seconds) {
  return emulate(processor, await buildFirmware(runtime, processor, network), seconds);
}

/** The program; `defines` go to app/main.c. */
export async function buildFirmware(runtime, processor, network, defines = {}) {
  const folder = join(SCRATCH, key(runtime.id, processor.target.id, network.name, JSON.stringify(defines)));
  mkdirSync(folder, { recursive: true });
  if (network.model !== undefined) writeFileSync(join(folder, 'model.snn'), network.model);
  writeFileSync(join(folder, 'images.bin'), Buffer.concat(network.images));
  const job = { folder, processor, module: network.module, network };
  const { sources, module, room = 0, flags = [] } = await runtime.build(job);
  const all = {
    IMAGES: network.images.length,
    IMAGE_BYTES: network.images[0].length,
    STEPS: network.steps,
    ROOM_BYTES: room,
    ...(network.model === undefined ? {} : { MODEL: '"model.snn"' }),
    ...(module === undefined ? {} : { MODULE: `"${module}"` }),
    ...defines,
  };
  return firmware(processor, folder, [
    ...Object.entries(all).map(([name, value]) => `-D${name}=${value}`),
    `-I${HOST}`,
    `-Wa,-I${folder}`,
    ...flags,
    join(APP, 'main.c'),
    join(APP, 'data.S'),
    join(HOST, 'snn.c'),
    ...sources,
  ]);
}

/** Versions of the tools, for the record. */
export async function versions() {
  return {
    gcc: await version('arm-none-eabi-gcc'),
    qemu: await version('qemu-system-arm'),
    wasm2c: await version('wasm2c'),
    wamr: process.env.WAMR_ROOT ?? `of crate ${WAMR_CRATE.join(' ')} (early 2021)`,
    wasm3: process.env.WASM3_ROOT ?? `0.4.7, of crate ${WASM3_CRATE.join(' ')}`,
  };
}

async function translated({ folder, module, network }, { access = false, defines = [] }) {
  const { memoryBytes } = network;
  const all = [...defines, `MEMORY_BYTES=${memoryBytes}`];
  const room = defines.includes('STATIC_MEMORY') ? 0 : memoryBytes;
  return { ...(await wasm2c(folder, module, { access, memoryBytes, defines: all })), room };
}

async function ahead({ folder, processor, module, network }, checked) {
  const name = await compileAhead(folder, module, processor.wamrc, checked);
  return { ...(await wamr(processor.target, { aot: true })), module: name, room: roomOf(network) };
}

async function interpreted({ folder, processor, module, network }) {
  writeFileSync(join(folder, 'engine.wasm'), module);
  return { ...(await wamr(processor.target)), module: 'engine.wasm', room: roomOf(network) };
}

function roomOf({ memoryBytes }) {
  return Math.ceil(memoryBytes / PAGE) * PAGE + WAMR_BYTES;
}

async function threaded({ folder, processor, module }) {
  writeFileSync(join(folder, 'engine.wasm'), module);
  return { ...(await wasm3(processor.target)), module: 'engine.wasm' };
}
