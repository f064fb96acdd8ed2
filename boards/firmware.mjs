/** One firmware: a program of app/, host/c and a runtime, with engine, network, images and golden embedded. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WAMR_CRATE, WASM3_CRATE, wamrRoot } from './build/crates.mjs';
import { link } from './build/gcc.mjs';
import { key, run, SCRATCH, version } from './build/program.mjs';
import { linesOf } from './build/qemu.mjs';

const APP = join(import.meta.dirname, 'app');
const UART = join(import.meta.dirname, 'uart');
const SESSION = ['session.c', 'frames.c', 'text.c', 'print.c'];
const HOST = join(import.meta.dirname, '..', 'host', 'c');
const STACK_BYTES = 4 * 1024;
/** Of 0.9 KB that it was seen to use; an image's buffer takes its place. */
const LISTENER_STACK_BYTES = 3 * 1024;

/**
 * The program.
 * @param network { name, module: Uint8Array, memoryBytes, images: Uint8Array[], model?: Uint8Array, golden?: Uint8Array,
 *   steps?: number, ample?: number }; `module`: by bundleCore, `model`: unless the module carries it
 * @param {{ app?: 'main' | 'steps' | 'memory' | 'listen', inPlace?: boolean, defines?: object }} how
 */
export async function buildFirmware(
  board,
  runtime,
  network,
  { app = 'main', inPlace = false, defines = {} } = {},
) {
  const folder = join(
    SCRATCH,
    key(app, runtime.id, board.id, network.name, inPlace, JSON.stringify(defines)),
  );
  mkdirSync(folder, { recursive: true });
  const embed = (file, bytes) => {
    if (bytes !== undefined) writeFileSync(join(folder, file), bytes);
    return bytes === undefined ? [] : [[file.replace(/\..*/, '').toUpperCase(), `"${file}"`]];
  };
  writeFileSync(join(folder, 'images.bin'), Buffer.concat(network.images));
  const embedded = [...embed('model.snn', network.model), ...embed('golden.bin', network.golden)];
  const built = await runtime.build({ folder, board, module: network.module, network, inPlace });
  const { sources, module, room = 0, flags = [] } = built;
  const all = {
    ...Object.fromEntries(embedded),
    ...(module === undefined ? {} : { MODULE: `"${module}"` }),
    ...(inPlace ? { IN_PLACE: 1 } : {}),
    IMAGES: network.images.length,
    IMAGE_BYTES: network.imageBytes ?? network.images[0].length,
    STEPS: network.steps ?? 1,
    ROOM_BYTES: room,
    ...defines,
  };
  const stack = runtime.stack ?? (app === 'listen' ? LISTENER_STACK_BYTES : STACK_BYTES);
  const { ram, ram_size } = board.memory;
  const elf = await linkFirmware(board, folder, [
    ...Object.entries(all).map(([name, value]) => `-D${name}=${value}`),
    `-I${HOST}`,
    `-Wa,-I${folder}`,
    ...flags,
    ...programs(board, app),
    ...['start.c', 'data.S'].map((file) => join(APP, file)),
    ...['snn.c', 'golden.c'].map((file) => join(HOST, file)),
    ...sources,
    // The heap ends where the stack may begin; esp32c3.ld has a word of its own for it.
    `-Wl,--defsym=__stack_size=${stack}`,
    ...(board.link.includes('-T') ? [] : [`-Wl,--defsym=__heap_end=${ram + ram_size - stack}`]),
  ]);
  const missing = (await sizesOf(board, elf)).variables + stack - ram_size;
  if (missing > 0) throw new Error(`does not fit: ${missing} bytes of ram are missing of ${ram_size}`);
  return { elf, room };
}

/** The firmware that listens: no images in it; `model` is what profile% answers. */
export function buildListener(board, runtime, network, inPlace, model = 'snn') {
  const defines = { MODEL_NAME: `"${model}"`, FIRMWARE_NAME: `"${board.id}"` };
  const without = { ...network, images: [], imageBytes: network.images[0].length };
  return buildFirmware(board, runtime, without, { app: 'listen', inPlace, defines });
}

/** Sources and flags of a program; one that listens has a UART in place of printf. */
function programs({ uart, unit, perTick, ticksPerUs }, app) {
  if (app !== 'listen') return [`${app}.c`, 'fail.c'].map((file) => join(APP, file));
  const defines = {
    UART: `"${uart.kind}.h"`,
    UART_AT: uart.at,
    UNIT: `"${unit}"`,
    // Instructions per tick need not be whole: 1000/168.
    TICK_COUNTS: Math.round(perTick * ticksPerUs),
    TICK_PARTS: ticksPerUs,
    TICKS_PER_US: ticksPerUs,
  };
  return [
    ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
    `-I${APP}`,
    `-I${UART}`,
    ...['listen.c', ...SESSION].map((file) => join(UART, file)),
  ];
}

/** Links for a board, by picolibc's linker script; a program that does not fit is refused with the numbers. */
export async function linkFirmware({ target, folder, memory, link: extra }, into, args) {
  const program = join(into, 'firmware.elf');
  try {
    return await link(target, program, [
      '-O2',
      '-w',
      // A printf without floats: 5 KB less.
      '-DPICOLIBC_INTEGER_PRINTF_SCANF',
      `-I${join(import.meta.dirname, folder)}`,
      ...extra,
      ...args,
      ...Object.entries(memory).map(([name, value]) => `-Wl,--defsym=__${name}=${value}`),
    ]);
  } catch (error) {
    const [, region, bytes] = /region .?(flash|ram).? overflowed by (\d+) bytes/.exec(error.message) ?? [];
    if (region === undefined) throw error;
    throw new Error(`does not fit: ${bytes} bytes of ${region} are missing of ${memory[`${region}_size`]}`);
  }
}

/** Builds and runs; the words of every line that the firmware printed, ticks as the board counts them. */
export async function runFirmware(board, runtime, network, how, seconds) {
  const { elf } = await buildFirmware(board, runtime, network, how);
  return linesOf(await board.emulate(elf, seconds));
}

/** Bytes of a program: what is flashed, and its variables, without the least stack that picolibc's script keeps free. */
export async function sizesOf({ target }, elf) {
  const size = target.gcc.replace(/gcc$/, 'size');
  const lines = async (args) =>
    (await run(size, [...args, elf], { advice: target.advice })).stdout.trim().split('\n');
  const [text, data, bss] = (await lines([]))[1].trim().split(/\s+/).map(Number);
  const kept = (await lines(['-A'])).find((line) => line.startsWith('.stack '))?.split(/\s+/)[1] ?? 0;
  return { flash: text + data, variables: data + bss - Number(kept) };
}

/** Versions of the tools, for the record. */
export async function versions() {
  const { root, old } = await wamrRoot();
  return {
    gcc: await version('arm-none-eabi-gcc'),
    qemu: await version('qemu-system-arm'),
    wasm2c: await version('wasm2c'),
    wamr: old ? `of crate ${WAMR_CRATE.join(' ')} (early 2021)` : root,
    wasm3: process.env.WASM3_ROOT ?? `0.4.7, of crate ${WASM3_CRATE.join(' ')}`,
  };
}
