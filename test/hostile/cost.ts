/** What a hostile file costs until its refusal: a process of its own, which says at its end how much memory it had at most. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { idxOf, labelsIdxOf } from '../../tools/data/idx.ts';
import type { Hostile } from './files.ts';

export interface Cost {
  name: string;
  bytes: number;
  /** On a clock, and of processors. */
  seconds: number;
  cpuSeconds: number;
  megabytes: number;
  code: number | null;
  stderr: string;
  /** Files that were not there before. */
  left: string[];
}

/** What a refusal may take, of processors and of memory. */
export const MOST_SECONDS = 5;
export const MOST_MEGABYTES = 300;

const COMMAND = resolve('dist', 'tools', 'cli.js');
const MOST_MS = 60_000;
/** Loaded before the command; its own file, so that nothing that is printed is in its way. */
const TELL = `import { readFileSync, writeFileSync } from 'node:fs';
process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  // Linux counts for maxRSS what the parent had before it became this program.
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  const most = Number(/VmHWM:\\s+(\\d+) kB/.exec(status)?.[1] ?? maxRSS);
  writeFileSync(process.env.SNN_COST, JSON.stringify({ most, cpu: userCPUTime + systemCPUTime }));
});`;

export function costOf({ name, files, grown, args }: Hostile): Cost {
  const place = mkdtempSync(join(tmpdir(), 'hostile-'));
  try {
    const folder = join(place, 'there');
    mkdirSync(folder);
    const [tell, told] = ['tell.mjs', 'told.json'].map((file) => join(place, file)) as [string, string];
    writeFileSync(tell, TELL);
    copyFileSync(join('models', 'mnist.snn'), join(folder, 'mnist.snn'));
    writeFileSync(join(folder, 'images.idx'), idxOf(new Uint8Array(72), 2, 6, 6));
    writeFileSync(join(folder, 'labels.idx'), labelsIdxOf(new Uint8Array(2)));
    let bytes = 0;
    for (const [file, make] of Object.entries(files)) {
      const content = make();
      writeFileSync(join(folder, file), content);
      bytes += content.length;
    }
    if (grown !== undefined) truncateSync(join(folder, grown[0]), grown[1]);
    const before = readdirSync(folder);
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, ['--import', tell, COMMAND, ...args], {
      cwd: folder,
      encoding: 'utf8',
      timeout: MOST_MS,
      env: { ...process.env, SNN_COST: told, SNN_DEBUG: '' },
    });
    const seconds = (performance.now() - start) / 1000;
    let usage = { most: Number.NaN, cpu: Number.NaN };
    try {
      usage = JSON.parse(readFileSync(told, 'utf8')) as typeof usage;
    } catch {
      // It was killed, or died: that shows in the code.
    }
    const left = readdirSync(folder).filter((file) => !before.includes(file));
    const megabytes = (usage.most * 1024) / 1e6;
    return {
      name,
      bytes: grown?.[1] ?? bytes,
      seconds,
      cpuSeconds: usage.cpu / 1e6,
      megabytes,
      code: status,
      stderr,
      left,
    };
  } finally {
    rmSync(place, { recursive: true });
  }
}
