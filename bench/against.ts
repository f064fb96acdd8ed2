/** `npm run bench:against -- CHECKOUT`: this engine beside that of another built checkout, in V8 and wasmtime, in one run. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Network } from '../host/network.ts';
import { idxOf, mnistTest } from '../tools/data/idx.ts';
import { readLabelled } from '../tools/data/read.ts';
import { table } from '../tools/terminal/table.ts';
import { findWasmtime } from './engine.ts';

const NETWORKS = ['models/mnist', ...['mcu', 'vgg68', 'vgg68-fast', 'vgg11', 'vgg11-fast'].map(inFolder)];
const IMAGES = 48;
/** The least of so many turns is the time of an image: another process can only make one longer. */
const TURNS = 12;
const OUT = join('.cache', 'bench', 'against');

function inFolder(name: string): string {
  return `bench/networks/${name}`;
}

interface Side {
  network: Network;
  /** Milliseconds per image of the command, without its start. */
  command: () => number;
}

async function open(root: string, file: string, images: string, program: string): Promise<Side> {
  const model = join(root, `${file}.snn`);
  const { load } = (await import(pathToFileURL(join(root, 'dist', 'host', 'node.js')).href)) as {
    load: (model: string) => Promise<Network>;
  };
  const compiled = join(OUT, `${root.replaceAll(/\W/g, '_')}.cwasm`);
  spawnSync(program, ['compile', '-o', compiled, join(root, 'build', 'snn.wasm')]);
  const run = (repeats: number): number => {
    const files = new Array<string>(repeats).fill(images);
    const started = process.hrtime.bigint();
    const { status, stderr } = spawnSync(
      program,
      ['--allow-precompiled', '--dir', '/', compiled, model, ...files],
      { maxBuffer: 1 << 28 },
    );
    if (status !== 0) throw new Error(`wasmtime ${model}: ${stderr.toString().trim()}`);
    return Number(process.hrtime.bigint() - started) / 1e6;
  };
  return { network: await load(model), command: () => (run(9) - run(1)) / (8 * IMAGES) };
}

const [other] = process.argv.slice(2);
const program = findWasmtime();
if (other === undefined || program === undefined) {
  const why =
    other === undefined ? 'name another checkout that npm run build has built' : 'wasmtime is missing';
  process.stderr.write(`against: ${why}; usage: npm run bench:against -- CHECKOUT\n`);
  process.exit(1);
}
mkdirSync(OUT, { recursive: true });
const rows: string[][] = [];
for (const file of NETWORKS) {
  const data = file.startsWith('models')
    ? await mnistTest(IMAGES)
    : await readLabelled('bench/images/cifar10-256.bin', undefined, 'test', { limit: IMAGES });
  const size = data.images.length / data.count;
  const images = resolve(OUT, 'images.idx');
  const side = Math.sqrt(size % 3 === 0 ? size / 3 : size);
  writeFileSync(images, idxOf(data.images, data.count, side, side));
  const sides = await Promise.all([resolve(other), process.cwd()].map((r) => open(r, file, images, program)));
  const v8 = sides.map(() => new Float64Array(IMAGES).fill(Number.POSITIVE_INFINITY));
  const command = sides.map(() => Number.POSITIVE_INFINITY);
  for (let turn = 0; turn < TURNS; turn++) {
    for (let i = 0; i < IMAGES; i++)
      for (const [s, { network }] of sides.entries()) {
        const started = performance.now();
        network.classify(data.images.subarray(i * size, (i + 1) * size));
        const times = v8[s] as Float64Array;
        times[i] = Math.min(times[i] as number, performance.now() - started);
      }
    if (turn % 2 === 0)
      for (const [s, { command: run }] of sides.entries()) command[s] = Math.min(command[s] as number, run());
  }
  const [before, after] = v8.map((times) => times.reduce((a, b) => a + b) / IMAGES) as [number, number];
  const [old, now] = command as [number, number];
  rows.push([file, ...[after / before, now / old, old / before, now / after].map((n) => n.toFixed(2))]);
}
const heads = [
  'network',
  'V8, now ÷ other',
  'wasmtime, now ÷ other',
  'other: wasmtime ÷ V8',
  'now: wasmtime ÷ V8',
];
console.log(
  table(
    heads.map((head) => ({ head })),
    rows,
  ),
);
