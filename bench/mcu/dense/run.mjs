#!/usr/bin/env node
// The engine with stopping beside the dense int8 ANN of the same network, on the same images. README.md one folder up.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `node bench/mcu/dense/run.mjs [options]
  --network FILES    comma-separated (models/mnist-tiny.snn,models/mnist.snn,bench/networks/mcu.snn)
  --only WAYS        comma-separated: native, wasm2c, wasm2c-unchecked, cmsis-nn (all; the last needs CMSIS_NN_ROOT)
  --cpu BOARD        an386 (Cortex-M4), an500 (M7), an385 (M3), rp2040, riscv (an386)
  --images N         measured, the first of the test set (50)
  --accuracy N       classified in Node, the first of the test set (10000; of CIFAR-10 256 lie here)
  --json             the rows as JSON`;

const options = {
  network: { type: 'string', default: 'models/mnist-tiny.snn,models/mnist.snn,bench/networks/mcu.snn' },
  only: { type: 'string', default: 'native,wasm2c,wasm2c-unchecked,cmsis-nn' },
  cpu: { type: 'string', default: 'an386' },
  images: { type: 'string', default: '50' },
  accuracy: { type: 'string', default: '10000' },
  json: { type: 'boolean', default: false },
};
const WAYS = ['native', 'wasm2c', 'wasm2c-unchecked', 'cmsis-nn'];
const SECONDS = 600;

let flags;
try {
  flags = parseArgs({ options }).values;
} catch (error) {
  end(`${error.message}\n${USAGE}`);
}
const ways = flags.only.split(',');
const stranger = ways.find((way) => !WAYS.includes(way));
if (stranger !== undefined) end(`--only ${stranger}: known are ${WAYS.join(', ')}`);
const [measuredImages, classified] = [whole('images'), whole('accuracy')];
const paths = flags.network.split(',').map((path) => resolve(path));
for (const path of paths) if (!existsSync(path)) end(`${path} does not exist`);
process.chdir(join(import.meta.dirname, '..', '..', '..'));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const { load } = await import('../../../dist/host/node.js');
const { assemble } = await import('../../../dist/bench/wasm.js');
const { readLabelled } = await import('../../../dist/tools/data/read.js');
const { unpack } = await import('../../../dist/tools/file/unpack.js');
const { table } = await import('../../../dist/tools/terminal/table.js');
const { boardOf } = await import('../../../boards/boards.mjs');
const { linesOf } = await import('../../../boards/build/qemu.mjs');
const { Missing, SCRATCH } = await import('../../../boards/build/program.mjs');
const { wasm2c } = await import('../../../boards/build/wasm2c.mjs');
const { CIFAR, DIGITS } = await import('../../../boards/cases.mjs');
const { linkFirmware } = await import('../../../boards/firmware.mjs');
const { runJob } = await import('../../../boards/matrix.mjs');
const { cmsisFile, cmsisSources } = await import('./cmsis.mjs');
const { reference, twinFile, twinOf } = await import('./twin.mjs');

const APP = join('boards', 'app');
const HERE = import.meta.dirname;
const board = boardOf(flags.cpu);
const engine = assembled();
const rows = [];
for (const path of paths) rows.push(...(await compare(path)));
process.stdout.write(flags.json ? `${JSON.stringify({ board: board.id, rows }, null, 2)}\n` : `${print()}\n`);
process.exitCode = rows.some((row) => row.error !== undefined) ? 1 : 0;

/** Ours, and the twin by every way. */
async function compare(path) {
  const bytes = new Uint8Array(readFileSync(path));
  const model = unpack(bytes, path);
  const network = basename(path, '.snn');
  const source = model.input[0] === 1 ? DIGITS : CIFAR;
  const labels = source === DIGITS ? DIGITS.replace('images-idx3', 'labels-idx1') : undefined;
  const data = await readLabelled(source, labels, 'test', { limit: Math.max(measuredImages, classified) });
  const size = model.input.reduce((a, b) => a * b);
  const images = Array.from({ length: data.count }, (_, i) => data.images.subarray(i * size, (i + 1) * size));
  const right = (answer) => {
    const some = images.slice(0, classified);
    return (100 * some.filter((image, i) => answer(image) === data.labels[i]).length) / some.length;
  };
  const net = await load(bytes, { simd: false });
  const accuracy = right((image) => [...net.run(image)].at(-1).class);
  const found = [];
  const own = ways.filter((way) => way.startsWith('wasm2c'));
  for (const runtime of own) {
    say(`${board.id}, ours, ${runtime}, ${network}`);
    const job = { board: board.id, runtime, images: measuredImages, place: 'copied' };
    const { mean, p99, worst, error, missing } = await runJob({
      ...job,
      network: { model: path, data: source },
    });
    const problem = error ?? missing;
    const cost = problem === undefined ? { mean, p99, worst } : { error: problem };
    found.push({ network, what: 'ours, with stopping', way: runtime, accuracy, ...cost });
  }
  for (const counts of [false, true]) {
    const what = counts ? 'dense, activations 0..K' : 'dense int8';
    const twin = twinOf(model, counts);
    const run = inNode(twin);
    const expected = images.slice(0, measuredImages).map(run);
    // The plain loops take a second an image.
    if (expected[0].join() !== reference(twin, images[0]).join())
      throw new Error(`${what}, ${network}: the module differs from the plain loops`);
    const twinAccuracy = right((image) => classOf(run(image)));
    for (const way of counts ? ways.filter((w) => w !== 'cmsis-nn') : ways) {
      say(`${board.id}, ${what}, ${way}, ${network}`);
      const row = { network, what, way, accuracy: twinAccuracy };
      try {
        found.push({ ...row, ...(await emulated(twin, way, images.slice(0, measuredImages), expected)) });
      } catch (error) {
        found.push({ ...row, [error instanceof Missing ? 'missing' : 'error']: error.message });
      }
    }
  }
  const ours = found.find(({ way, what }) => way === 'wasm2c' && what.startsWith('ours'));
  return found.map((row) => {
    const same = found.find(({ way, what }) => way === row.way && what.startsWith('ours')) ?? ours;
    return row.what.startsWith('ours') || row.mean === undefined || same?.mean === undefined
      ? row
      : { ...row, ratio: same.mean / row.mean };
  });
}

/** The module in V8: an image's sums. */
function inNode(twin) {
  const { file, image: at, end } = twinFile(twin);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(engine), {});
  const { memory, run } = exports;
  memory.grow(Math.ceil((end + 16) / 65536));
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(file, 16);
  return (image) => {
    bytes.set(image, 16 + at);
    return [...new Int32Array(memory.buffer, run(16, 16 + at), twin.classes)];
  };
}

/** Instructions on the board, its sums compared. */
async function emulated(twin, way, images, expected) {
  const isCmsis = way === 'cmsis-nn';
  const { file, image, imageBytes, end } = isCmsis ? cmsisFile(twin) : twinFile(twin);
  const folder = join(SCRATCH, `dense-${way}-${twin.counts}-${end}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'images.bin'), Buffer.concat(images));
  writeFileSync(join(folder, 'twin.bin'), file);
  const defines = {
    MODEL: '"twin.bin"',
    IMAGES: images.length,
    IMAGE_BYTES: imageBytes,
    IMAGE_AT: image,
    CLASSES: twin.classes,
    MEMORY_BYTES: (end + 32) & ~15,
  };
  const elf = await linkFirmware(board, folder, [
    ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
    `-I${HERE}`,
    `-I${APP}`,
    `-Wa,-I${folder}`,
    join(HERE, 'main.c'),
    join(APP, 'data.S'),
    ...(await sourcesOf(way, folder, (end + 32) & ~15)),
    '-Wl,--defsym=__stack_size=4096',
  ]);
  const lines = linesOf(await board.emulate(elf, SECONDS)).filter(([what]) => what === 'image');
  const sums = lines.map(([, , ...words]) => words.map(Number));
  if (sums.length !== images.length) throw new Error(`${sums.length} images instead of ${images.length}`);
  const differ = sums.findIndex((own, i) => own.join() !== expected[i].join());
  // CMSIS-NN rounds otherwise.
  if (differ >= 0 && !isCmsis) throw new Error(`image ${differ} differs from V8: ${sums[differ]}`);
  const same = sums.filter((own, i) => classOf(own) === classOf(expected[i])).length;
  if (same < 0.9 * images.length) throw new Error(`only ${same} of ${images.length} classes are the twin's`);
  const counts = lines.map(([, ticks]) => Math.round(ticks * board.perTick)).sort((a, b) => a - b);
  const mean = Math.round(counts.reduce((a, b) => a + b) / counts.length);
  return { mean, p99: counts[Math.ceil(counts.length * 0.99) - 1], worst: counts.at(-1), same };
}

async function sourcesOf(way, folder, memoryBytes) {
  if (way === 'native') return [join(HERE, 'kernel.c')];
  if (way === 'cmsis-nn') return [join(HERE, 'cmsis.c'), ...(await cmsisSources(board.target))];
  const defines = [
    'STATIC_MEMORY',
    `MEMORY_BYTES=${memoryBytes}`,
    ...(way === 'wasm2c' ? [] : ['UNCHECKED']),
  ];
  const { sources, flags } = await wasm2c(folder, engine, { access: true, memoryBytes });
  // Its own memory in place of the engine's.
  return [sources[0], join(HERE, 'wasm.c'), ...flags, ...defines.map((d) => `-D${d}`)];
}

/** As MVP features, which is what the engine gets. */
function assembled() {
  const folder = join('.cache', 'bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'dense-scalar.wasm');
  const newer = ['bulk-memory', 'sign-extension', 'nontrapping-f2i', 'mutable-globals'];
  const without = newer.flatMap((feature) => ['--disable', feature]);
  const common = ['--runtime', 'stub', '-O3', '--noAssert', '--use', 'abort='];
  assemble(join('bench', 'wasm', 'dense-scalar.ts'), file, [...common, ...without]);
  return readFileSync(file);
}

function classOf(sums) {
  return sums.indexOf(Math.max(...sums));
}

function print() {
  const count = (n) => n?.toLocaleString('en') ?? '';
  const left = ['network', 'what', 'way'].map((head) => ({ head, align: 'left' }));
  const right = ['accuracy', 'mean', '99 %', 'worst', 'ours ÷ it'].map((head) => ({ head }));
  const cells = rows.map(({ network, what, way, accuracy, mean, p99, worst, ratio, error, missing }) => [
    network,
    what,
    way,
    `${accuracy.toFixed(2)} %`,
    error ?? missing ?? count(mean),
    count(p99),
    count(worst),
    ratio?.toFixed(2) ?? '',
  ]);
  return table([...left, ...right], cells);
}

function whole(flag) {
  const value = Number(flags[flag]);
  if (!Number.isInteger(value) || value < 1) end(`--${flag} ${flags[flag]}: give a whole number from 1`);
  return value;
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function end(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
