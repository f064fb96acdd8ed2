#!/usr/bin/env node
// RAM and flash of the engine under every runtime on an emulated Cortex-M4, beside what the network itself needs:
// node boards/measure.mjs writes ram.json beside this, from which snn inspect adds up what a device needs.
// With WAMR_ROOT and WAMRC the rows of a current WAMR are measured, without them those of the crate's; the others stay.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boardOf } from './boards.mjs';
import { wamrRoot, wamrVersion } from './build/crates.mjs';
import { run, SCRATCH } from './build/program.mjs';
import { linesOf } from './build/qemu.mjs';
import { buildFirmware, sizesOf, versions } from './firmware.mjs';
import { runtimeOf } from './runtimes.mjs';

process.chdir(join(import.meta.dirname, '..'));

const LARGE = ['models/mnist.snn', 'models/mnist-paper.snn', 'bench/networks/mcu.snn'];
const SMALL = ['models/mnist-tiny.snn', 'models/mnist.snn'];

/**
 * `place`: where the module for the network has the model, see tools/file/bundle.ts. WAMR keeps Wasm in RAM, so a model
 * that is copied stays out of it; wasm2c and wasm3 read the module from flash.
 */
const WITHOUT_WAMR = [
  { id: 'wasm2c', name: 'wasm2c', runtime: 'wasm2c-room', place: 'inside', networks: LARGE },
  {
    id: 'wasm2c-in-place',
    name: 'wasm2c',
    runtime: 'wasm2c-room',
    place: 'elsewhere',
    networks: LARGE,
  },
  { id: 'wasm3', name: 'wasm3', place: 'inside', pages: true, wasmStack: true, networks: LARGE },
];
const WAMR = [
  { id: 'wamr', name: 'WAMR, fast interpreter', place: 'apart', wasmStack: true, networks: LARGE },
  { id: 'wamr-classic', name: 'WAMR, classic interpreter', place: 'apart', wasmStack: true, networks: SMALL },
  { id: 'aot', name: 'WAMR AOT', place: 'apart', networks: SMALL },
];
/** By their WAMR's version; they read the model from flash. */
const CURRENT = [
  ...WAMR.filter(({ id }) => id !== 'wamr-classic'),
  { id: 'xip', name: 'WAMR AOT in flash (XIP)', networks: SMALL },
];
const STACKS = [256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096];
const AMPLE = 192 * 1024;

const board = boardOf('an386');
const engine = readFileSync('build/snn-core.wasm');
const { old } = await wamrRoot();
const version = await wamrVersion();
const current = CURRENT.map(({ id, name, wasmStack, networks }) => {
  return {
    id: `${id}-current`,
    runtime: id,
    name: name.replace('WAMR', `WAMR ${version}`),
    place: 'elsewhere',
    wasmStack,
    networks,
  };
});
mkdirSync(SCRATCH, { recursive: true });
const file = join('boards', 'ram.json');
const before = JSON.parse(readFileSync(file, 'utf8')).runtimes;
const measured = Object.fromEntries(Object.entries(before).filter(([id]) => id.endsWith('-current') === old));
for (const way of [
  ...(old ? WITHOUT_WAMR : []),
  ...(old ? WAMR.map((w) => ({ ...w, pages: true })) : current.map((w) => ({ ...w, pages: true }))),
])
  measured[way.id] = await measureWay(way);
const order = [...WITHOUT_WAMR, ...WAMR, ...CURRENT.map(({ id }) => ({ id: `${id}-current` }))].map(
  ({ id }) => id,
);
const report = {
  command: 'node boards/measure.mjs',
  processor: 'Cortex-M4',
  engine_bytes: engine.length,
  versions: old ? await versions() : JSON.parse(readFileSync(file, 'utf8')).versions,
  runtimes: Object.fromEntries(
    order.filter((id) => measured[id] !== undefined).map((id) => [id, measured[id]]),
  ),
};
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);

async function measureWay(way) {
  const rows = [];
  for (const path of way.networks) {
    process.stderr.write(`${way.id}, ${path}\n`);
    rows.push(await measure(way, path));
  }
  // None of them depends on the network, but for a byte of padding.
  const most = (field) => Math.max(...rows.map((m) => m[field]));
  return {
    name: way.name,
    whole_pages: way.pages === true,
    in_flash: way.place === 'elsewhere',
    flash: most('flash'),
    static: most('static'),
    dynamic: most('dynamic'),
    stack: most('stack'),
    ...(way.wasmStack ? { wasm_stack: await wasmStack(way) } : {}),
    measured: rows,
  };
}

/** A firmware with a network in it, and how many bytes of it are not the firmware's own. */
async function build({ id, runtime = id, place }, path, defines) {
  const model = readFileSync(path);
  const bundle = join(SCRATCH, 'bundle.wasm');
  const flags = ['--core', ...(place === 'inside' ? [] : [`--${place}`]), '-o', bundle];
  await run(process.execPath, ['dist/tools/cli.js', 'bundle', path, ...flags]);
  const module = readFileSync(bundle);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  const image = new Uint8Array(exports.snn_image_bytes.value).map((_, i) => (i * 7919) & 255);
  const network = {
    name: `${path} ${place}`,
    images: [image],
    module,
    memoryBytes: Math.ceil((exports.snn_image.value + image.length) / 16) * 16,
    ample: AMPLE,
    ...(place === 'inside' ? {} : { model }),
  };
  const how = { app: 'memory', inPlace: place === 'elsewhere', defines };
  const { elf } = await buildFirmware(board, runtimeOf(runtime), network, how);
  return { elf, embedded: model.length + image.length };
}

async function measure(way, path) {
  const { elf, embedded } = await build(way, path, {});
  const lines = linesOf(await board.emulate(elf, 600));
  const [, linear, used, heap, room, least, stack] = lines.find(([what]) => what === 'memory');
  const { flash, variables } = await sizesOf(board, elf);
  return {
    network: path,
    linear,
    used,
    // All that a device has to have, each part as it was measured.
    given: variables - room + least + heap + stack,
    flash: flash - embedded,
    static: variables - room,
    dynamic: least + heap - linear,
    stack,
  };
}

/** The least of STACKS, in bytes of Wasm's own stack, with which the first network runs. */
async function wasmStack(way) {
  for (const bytes of STACKS) {
    const { elf } = await build(way, way.networks[0], { SNN_STACK_BYTES: bytes });
    try {
      linesOf(await board.emulate(elf, 600));
      return bytes;
    } catch {
      // Too small: the next one.
    }
  }
  throw new Error(`${way.id} needs more than ${STACKS.at(-1)} bytes of stack`);
}
