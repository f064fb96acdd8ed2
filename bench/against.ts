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
/** How often all images are classified in a turn, in V8 and by the command. */
const PASSES = 8;
/** The least of so many turns counts: another process can only make one longer. */
const TURNS = 8;
const OUT = join('.cache', 'bench', 'against');

function inFolder(name: string): string {
  return `bench/networks/${name}`;
}

interface Side {
  network: Network;
  /** Milliseconds of the command with the images so often. */
  command: (passes: number) => number;
}

async function open(root: string, file: string, images: string, program: string): Promise<Side> {
  const model = join(root, `${file}.snn`);
  const { load } = (await import(pathToFileURL(join(root, 'dist', 'host', 'node.js')).href)) as {
    load: (model: string) => Promise<Network>;
  };
  const compiled = join(OUT, `${root.replaceAll(/\W/g, '_')}.cwasm`);
  spawnSync(program, ['compile', '-o', compiled, join(root, 'build', 'snn.wasm')]);
  const command = (repeats: number): number => {
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
  return { network: await load(model), command };
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
  const least = sides.map(() => ({ v8: Infinity, start: Infinity, command: Infinity }));
  for (let turn = 0; turn < TURNS; turn++)
    for (const [s, { network, command }] of sides.entries()) {
      const times = least[s] as (typeof least)[0];
      const started = performance.now();
      for (let i = 0; i < PASSES * IMAGES; i++) {
        const at = (i % IMAGES) * size;
        network.classify(data.images.subarray(at, at + size));
      }
      times.v8 = Math.min(times.v8, performance.now() - started);
      // What the first pass takes more is the start.
      times.start = Math.min(times.start, command(1));
      times.command = Math.min(times.command, command(PASSES + 1));
    }
  const [before, after] = least.map((t) => t.v8) as [number, number];
  const [old, now] = least.map((t) => t.command - t.start) as [number, number];
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
