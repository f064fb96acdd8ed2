#!/usr/bin/env node
// RAM and flash of the engine under every runtime on an emulated Cortex-M4, beside what the network itself needs:
// node boards/measure.mjs writes ram.json beside this, from which snn inspect adds up what a device needs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, SCRATCH } from './build/program.mjs';
import { buildFirmware, RUNTIMES, versions } from './firmware.mjs';
import { emulate, PROCESSORS } from './qemu-mps2/board.mjs';

process.chdir(join(import.meta.dirname, '..'));

/** As they are best used: WAMR keeps the module in RAM, so the model stays out of it; the others read it from flash. */
const MEASURED = [
  { id: 'wasm2c', name: 'wasm2c', apart: false, wholePages: false },
  { id: 'wasm3', name: 'wasm3', apart: false, wholePages: true },
  { id: 'wamr', name: 'WAMR, fast interpreter', apart: true, wholePages: true },
];
const NETWORKS = ['models/mnist.snn', 'models/mnist-paper.snn', 'bench/networks/mcu.snn'];

const STACKS = [256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096];

const { m4 } = PROCESSORS;
const engine = readFileSync('build/snn-core.wasm');
mkdirSync(SCRATCH, { recursive: true });
const runtimes = {};
for (const { id, name, apart, wholePages } of MEASURED) {
  const measured = [];
  for (const path of NETWORKS) {
    process.stderr.write(`${name}, ${path}\n`);
    measured.push(await measure(id, path, apart));
  }
  // None of them depends on the network, but for a byte of padding.
  const most = (field) => Math.max(...measured.map((m) => m[field]));
  runtimes[id] = {
    name,
    whole_pages: wholePages,
    flash: most('flash'),
    static: most('static'),
    dynamic: most('dynamic'),
    stack: most('stack'),
    ...(id === 'wasm2c' ? {} : { wasm_stack: await wasmStack(id, apart) }),
    measured,
  };
}
const report = {
  command: 'node boards/measure.mjs',
  processor: m4.name,
  engine_bytes: engine.length,
  versions: await versions(),
  runtimes,
};
writeFileSync(join('boards', 'ram.json'), `${JSON.stringify(report, null, 2)}\n`);

/** A firmware with a network in it, and how many bytes of it are not the firmware's own. */
async function build(id, path, apart, defines) {
  const model = readFileSync(path);
  const file = join(SCRATCH, 'bundle.wasm');
  const flags = ['--core', ...(apart ? ['--apart'] : []), '-o', file];
  await run(process.execPath, ['dist/tools/cli.js', 'bundle', path, ...flags]);
  const module = readFileSync(file);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  const image = new Uint8Array(exports.snn_image_bytes.value).map((_, i) => (i * 7919) & 255);
  const end = exports.snn_image.value + image.length;
  const network = {
    name: `${path} ${apart}`,
    images: [image],
    steps: 1,
    module,
    memoryBytes: Math.ceil(end / 16) * 16,
    ...(apart ? { model } : {}),
  };
  const runtime = RUNTIMES.find((r) => r.id === id);
  const elf = await buildFirmware(runtime, m4, network, { MEASURE_MEMORY: 1, ...defines });
  return { elf, embedded: model.length + image.length };
}

async function measure(id, path, apart) {
  const { elf, embedded } = await build(id, path, apart, {});
  const lines = await emulate(m4, elf, 600);
  const [, , linear, used, heap, room, least, stack] = lines.find(([what]) => what === 'memory');
  const { text, data, bss } = await sizes(elf);
  return {
    network: path,
    linear,
    used,
    // All that a device has to have, each part as it was measured.
    given: data + bss - room + least + heap + stack,
    flash: text + data - embedded,
    static: data + bss - room,
    dynamic: least + heap - linear,
    stack,
  };
}

/** The least of STACKS, in bytes of Wasm's own stack, with which the first network runs. */
async function wasmStack(id, apart) {
  for (const bytes of STACKS) {
    const { elf } = await build(id, NETWORKS[0], apart, { SNN_STACK_BYTES: bytes });
    try {
      await emulate(m4, elf, 600);
      return bytes;
    } catch {
      // Too small: the next one.
    }
  }
  throw new Error(`${id} needs more than ${STACKS.at(-1)} bytes of stack`);
}

/** Bytes of the sections of a program. */
async function sizes(elf) {
  const { stdout } = await run('arm-none-eabi-size', [elf], { advice: 'binutils-arm-none-eabi' });
  const [text, data, bss] = stdout.trim().split('\n')[1].trim().split(/\s+/).map(Number);
  return { text, data, bss };
}
