/** Where the engine's time goes, part by part: V8's sampling profiler on a build with names. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Trial } from './contestant.ts';
import { plans } from './trials.ts';
import { assemble } from './wasm.ts';

export interface ProfileRow {
  network: string;
  spikes: string;
  /** Share of the time, in the order of PARTS. */
  shares?: number[];
  /** Why there are none. */
  missing?: string;
}

const NETWORKS = ['synthetic', 'vgg68', 'vgg68-fast', 'vgg11', 'vgg11-fast'];
/** Once per model, not per image. */
const OPENING = /^assembly\/model\/(arena|crc|validate|rows|sections\/checkFile)/;
const MILLISECONDS = 2000;
const EVERY_US = 200;
/** What the parts of the engine are called, and the functions that they are. */
export const PARTS: [name: string, functions: RegExp][] = [
  ["the image's input", /^kernels\/image/],
  ['listing rows', /^gather\//],
  ['adding rows', /^kernels\/add-rows/],
  ['firing, listing events', /^kernels\/fire[^/]*\/(?!resetLayer)/],
  ['all else', /./],
];

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[];
  samples: number[];
  timeDeltas: number[];
}

export async function profile(): Promise<ProfileRow[]> {
  const engine = named();
  const rows: ProfileRow[] = [];
  for (const { id, network, spikes, open } of plans().filter((p) => NETWORKS.includes(p.id))) {
    try {
      rows.push({ network, spikes, shares: sharesOf(samples(engine, await open())) });
    } catch (error) {
      rows.push({ network, spikes, missing: `${id}: ${(error as Error).message}` });
    }
  }
  return rows;
}

/** The SIMD engine once more, with the names of its functions. */
function named(): string {
  const file = join('.cache', 'bench', 'named.wasm');
  assemble('assembly/index.ts', file, ['--target', 'snn-core-simd', '--debug']);
  return file;
}

/** Microseconds per function, all layers run. */
function samples(engine: string, { folder, images }: Trial): Map<string, number> {
  const out = mkdtempSync(join(folder, 'profile-'));
  const program = `
    import { readFileSync } from 'node:fs';
    import { Network } from '${pathToFileURL('dist/host/network.js').href}';
    const network = await Network.create(await WebAssembly.compile(readFileSync('${engine}')), readFileSync('${folder}/model.snn'));
    const pixels = readFileSync('${folder}/images.u8');
    const size = pixels.length / ${images.length};
    const end = performance.now() + ${MILLISECONDS};
    for (let i = 0; performance.now() < end; i = (i + 1) % ${images.length}) network.classify(pixels.subarray(i * size, (i + 1) * size));`;
  try {
    const flags = ['--cpu-prof', `--cpu-prof-dir=${out}`, '--cpu-prof-interval', String(EVERY_US)];
    execFileSync(process.execPath, [...flags, '--input-type=module', '-e', program], { stdio: 'pipe' });
    const file = join(out, readdirSync(out)[0] as string);
    const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile;
    const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
    const sums = new Map<string, number>();
    for (const [i, node] of samples.entries()) {
      const name = names.get(node) ?? '';
      sums.set(name, (sums.get(name) ?? 0) + (timeDeltas[i] as number));
    }
    return sums;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Of what runs in the engine. */
function sharesOf(times: Map<string, number>): number[] {
  const sums = PARTS.map(() => 0);
  for (const [name, us] of times) {
    if (!name.startsWith('assembly/') || OPENING.test(name)) continue;
    const part = PARTS.findIndex(([, functions]) => functions.test(name.slice('assembly/'.length)));
    sums[part] = (sums[part] as number) + us;
  }
  const all = sums.reduce((a, b) => a + b, 0);
  return sums.map((us) => us / all);
}
