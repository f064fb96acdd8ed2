/** Which board runs which runtime with which network, and one of these runs: answers compared, memory and time measured. */
import { boardOf } from './boards.mjs';
import { Missing } from './build/program.mjs';
import { linesOf } from './build/qemu.mjs';
import { CIFAR, caseOf, DIGITS, embedded } from './cases.mjs';
import { buildFirmware, sizesOf } from './firmware.mjs';
import { readsInPlace, runtimeOf, versionOf } from './runtimes.mjs';

const TINY = { model: 'models/mnist-tiny.snn', data: DIGITS };
const MNIST = { model: 'models/mnist.snn', data: DIGITS };
const MCU = { model: 'bench/networks/mcu.snn', data: CIFAR };
const SECONDS = 900;

const ALL = [
  'wasm2c',
  'wasm2c-unchecked',
  'wasm2c-generated',
  'aot',
  'aot-unchecked',
  'xip',
  'wamr',
  'wamr-classic',
  'wasm3',
];
const job = (board, runtime, network, images, place = 'flash') => ({
  board,
  runtime,
  network,
  images,
  place,
});

/** Everything; a runtime that reads in place does that. */
export function fullMatrix() {
  const boards = ['stm32f405', 'an385', 'an386', 'an500', 'an547', 'rp2040', 'riscv'];
  // The RP2040's emulator takes minutes for fifty images under an interpreter.
  const many = (board, runtime) => {
    if (board === 'rp2040') return /classic|wasm3/.test(runtime) ? 10 : 50;
    return board === 'stm32f405' ? 50 : 10;
  };
  return [
    // wamrc has no target for a Cortex-M3.
    ...boards.flatMap((board) =>
      ALL.filter((runtime) => board !== 'an385' || !/aot|xip/.test(runtime)).map((runtime) =>
        job(board, runtime, TINY, many(board, runtime)),
      ),
    ),
    ...['wasm2c', 'wasm2c-unchecked', 'wamr'].map((runtime) => job('stm32f405', runtime, TINY, 50, 'copied')),
    ...['an386', 'rp2040', 'riscv'].flatMap((board) =>
      ['wasm2c', 'wasm2c-unchecked'].map((runtime) => job(board, runtime, MNIST, 10)),
    ),
    ...['aot', 'wamr', 'wasm3'].map((runtime) => job('an386', runtime, MNIST, 10)),
    ...['stm32f405', 'an386', 'rp2040', 'riscv'].flatMap((board) =>
      ['wasm2c', 'wasm2c-unchecked'].map((runtime) => job(board, runtime, MCU, 10)),
    ),
  ];
}

/** For npm test: every board, every runtime that the Debian packages allow. */
export function sampleMatrix() {
  return [
    job('stm32f405', 'wamr', TINY, 50, 'copied'),
    job('rp2040', 'wasm2c', TINY, 50),
    job('stm32f405', 'wasm2c', TINY, 50),
    job('stm32f405', 'wasm2c-unchecked', TINY, 10),
    job('an385', 'wasm2c', TINY, 10),
    job('an386', 'wamr-classic', TINY, 10, 'copied'),
    job('an386', 'wasm3', TINY, 10, 'copied'),
    job('an386', 'wasm2c-generated', TINY, 10, 'copied'),
    job('stm32f405', 'wasm2c', MCU, 5),
    job('an500', 'wasm2c', TINY, 10),
    job('an547', 'wasm2c', TINY, 10),
    job('riscv', 'wasm2c', TINY, 10),
    job('riscv', 'wasm3', TINY, 10, 'copied'),
    job('rp2040', 'wasm2c-unchecked', MCU, 2),
  ];
}

const cases = new Map();

/** A row of the table; `missing`: what to install, `error`: what went wrong. */
export async function runJob({ board: boardId, runtime: runtimeId, network, images, place }) {
  const board = boardOf(boardId);
  const runtime = runtimeOf(runtimeId);
  const row = { board: boardId, runtime: runtimeId, network: network.model.replace(/.*\/|\.snn$/g, '') };
  try {
    const inPlace = place === 'flash' && (await readsInPlace(runtime));
    row.version = await versionOf(runtime);
    row.model = inPlace ? 'in flash' : 'copied';
    const key = `${network.model} ${images}`;
    if (!cases.has(key)) cases.set(key, caseOf(network.model, network.data, images));
    const whole = await embedded(await cases.get(key), inPlace);
    const { elf, room } = await buildFirmware(board, runtime, whole, { inPlace });
    const sizes = await sizesOf(board, elf);
    const lines = linesOf(await board.emulate(elf, SECONDS));
    return { ...row, unit: board.unit, ...measured(lines, whole, board, sizes, room) };
  } catch (error) {
    return { ...row, [error instanceof Missing ? 'missing' : 'error']: error.message };
  }
}

function measured(lines, { expected, images, model, golden, memoryBytes }, board, sizes, room) {
  const line = (wanted) => lines.find(([what]) => what === wanted)?.slice(1);
  const answers = lines.filter(([what]) => what === 'image').map(([, ...words]) => words);
  expected.forEach(({ words }, i) => {
    const got = answers[i]?.slice(2).join(' ');
    if (got !== words.join(' '))
      throw new Error(`image ${i} differs from Node: ${got}, not ${words.join(' ')}`);
  });
  if (line('checked') === undefined) throw new Error('the self-check did not run');
  if (line('flash')[0] !== 'unchanged') throw new Error('something was written to flash');
  const [linear, heap, stack] = line('memory');
  const whole = (ticks) => Math.round(ticks * board.perTick);
  const inference = answers.map(([begin, steps]) => whole(begin + steps)).sort((a, b) => a - b);
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const [start, open] = line('ready').map(whole);
  const steps = sum(expected.map((e) => e.steps));
  const imagesBytes = sum(images.map((i) => i.length));
  return {
    images: images.length,
    // Without test images and golden.
    flash: sizes.flash - imagesBytes - golden.length,
    model_bytes: model.length,
    ram: sizes.variables + heap + stack,
    variables: sizes.variables - room,
    linear,
    asked: memoryBytes,
    room_or_heap: room + heap,
    stack,
    start,
    open,
    per_step: Math.round(sum(answers.map(([, ticks]) => whole(ticks))) / steps),
    mean: Math.round(sum(inference) / inference.length),
    p99: inference[Math.ceil(inference.length * 0.99) - 1],
    worst: inference.at(-1),
    ms: board.mhz === undefined ? null : sum(inference) / inference.length / (board.mhz * 1000),
  };
}
