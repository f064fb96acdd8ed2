#!/usr/bin/env node
// What snn flash calls, with one JSON object: builds a firmware, says what it takes, flashes it or runs it here.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { load } from '../dist/host/node.js';
import { smallestDevice } from '../dist/tools/cost/devices.js';
import { needsOf, readCosts } from '../dist/tools/cost/ram.js';
import { writeWhole } from '../dist/tools/terminal/write.js';
import { boardOf } from './boards.mjs';
import { doJob, say } from './build/job.mjs';
import { linesOf } from './build/qemu.mjs';
import { caseOf, embedded } from './cases.mjs';
import { buildFirmware, buildListener, sizesOf } from './firmware.mjs';
import { readsInPlace, runtimeOf } from './runtimes.mjs';

const SECONDS = 600;
const words = (n) => n.toLocaleString('en');

await doJob(flash);

async function flash({
  board: boardId,
  model,
  runtime: runtimeId,
  copied,
  emulate,
  listen,
  data,
  limit,
  out,
}) {
  const board = boardOf(boardId);
  const runtime = runtimeOf(runtimeId);
  if (emulate && board.emulate === undefined)
    throw new Error(`${board.name}: no emulator here has this chip; leave --emulate out`);
  if (!emulate && out === undefined && board.flash === undefined)
    throw new Error(`${board.name} exists in the emulator only; add --emulate`);
  if (emulate && listen)
    throw new Error(`--listen: snn send ${boardId} starts the emulator itself; leave --emulate out`);
  const inPlace = !copied && (await readsInPlace(runtime));
  await refuseTooLarge(board, runtime, inPlace, model);
  const network = await caseOf(model, data, limit);
  const whole = await embedded(network, inPlace);
  const { elf, room } = listen
    ? await buildListener(board, runtime, whole, inPlace)
    : await buildFirmware(board, runtime, whole, { inPlace });
  const { flash: flashBytes, variables } = await sizesOf(board, elf);
  const { flash_size, ram_size } = board.memory;
  say(
    `${basename(model)} on ${board.name}, ${runtime.name}, the model ${inPlace ? 'in flash' : 'copied to RAM'}: ` +
      `${words(flashBytes)} of ${words(flash_size)} bytes of flash, ` +
      `${words(variables)} of ${words(ram_size)} of RAM${room > 0 ? `, of them ${words(room)} the runtime's` : ''}, and its stack`,
  );
  if (/unchecked/.test(runtimeId))
    say(
      'unchecked: no load or store is checked; the engine has proved every offset of the model when it opened it',
    );
  const file = await firmwareFile(board, elf);
  if (out !== undefined) {
    await writeWhole(out, readFileSync(file));
    say(`written: ${out}`);
  }
  if (emulate) print(linesOf(await board.emulate(elf, SECONDS)), board);
  else if (out === undefined) say(await board.flash(file));
}

/** Before anything is compiled: by the figures of ram.json, that snn inspect shows too. */
async function refuseTooLarge(board, { id }, inPlace, path) {
  const model = readFileSync(path);
  const { layout } = await load(new Uint8Array(model), { simd: false });
  const base = id.replace(/^wasm2c.*/, 'wasm2c').replace('aot-unchecked', 'aot');
  const costs = await readCosts();
  const cost = costs.runtimes[`${base}${inPlace ? (base === 'wasm2c' ? '-in-place' : '-current') : ''}`];
  if (cost === undefined) return;
  const [{ flash, ram, block }] = needsOf({ ...costs, runtimes: { cost } }, layout, model.length);
  const { flash_size, ram_size } = board.memory;
  if (flash <= flash_size && ram <= ram_size) return;
  const device = smallestDevice(flash, ram, block);
  throw new Error(
    `${path}: needs ${words(flash)} bytes of flash and ${words(ram)} of RAM under ${cost.name}, ` +
      `${board.name} has ${words(flash_size)} and ${words(ram_size)}; ` +
      `${inPlace ? '' : 'try --runtime wasm2c, which reads the model in flash, '}convert with --bits 4, ` +
      `train with fewer channels, or take ${device === undefined ? 'a larger board' : `a ${device.name}`}`,
  );
}

/** The file that the board takes. */
async function firmwareFile(board, elf) {
  if (board.image === undefined) return elf;
  const { name, bytes } = await board.image(elf);
  const file = elf.replace(/[^/]*$/, name);
  writeFileSync(file, bytes);
  return file;
}

function print(lines, { unit, perTick }) {
  const images = lines.filter(([what]) => what === 'image');
  for (const [i, [, begin, steps, label, exit, step, , posterior]] of images.entries()) {
    const count = words(Math.round((begin + steps) * perTick));
    say(
      `image ${i}: class ${label}, ${((100 * posterior) / 65536).toFixed(1)} % sure at exit ${exit + 1} after ${step} steps, ${count} ${unit}`,
    );
  }
}
