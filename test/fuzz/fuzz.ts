/** Runs targets, seed by seed, until the time or the number is used up, and keeps what they find. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../models/random.ts';
import { Absent, type Target } from './target.ts';

export interface Limits {
  /** Of all targets together. */
  seconds?: number;
  /** Of each. */
  executions?: number;
  /** Execution n of a target has the seed `seed` + n. */
  seed: number;
}

export interface Figures {
  target: string;
  executions: number;
  /** By 'accepted' or how it was refused. */
  verdicts: Record<string, number>;
  findings: Finding[];
  /** What is not installed. */
  absent?: string;
}

export interface Finding {
  seed: number;
  message: string;
  /** Where the input is. */
  file: string;
}

/** What one input may cost. */
const MOST_SECONDS = 5;
const MOST_BYTES = 3e8;
/** Targets take turns, so that a run that is ended early has seen them all. */
const TURN_MS = 500;
/** A target with so many is not asked further. */
const MOST_FINDINGS = 10;

export async function fuzz(targets: Target[], limits: Limits, folder: string): Promise<Figures[]> {
  const all = targets.map(
    ({ name }): Figures => ({ target: name, executions: 0, verdicts: {}, findings: [] }),
  );
  const end = performance.now() + (limits.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  const most = limits.executions ?? Number.POSITIVE_INFINITY;
  try {
    for (let busy = true; busy && performance.now() < end; ) {
      busy = false;
      for (const [i, target] of targets.entries()) {
        const figures = all[i] as Figures;
        const turn = Math.min(end, performance.now() + TURN_MS);
        while (performance.now() < turn && isOpen(figures, most))
          await once(target, figures, limits.seed, folder);
        busy ||= isOpen(figures, most);
      }
    }
  } finally {
    for (const target of targets) target.close?.();
  }
  return all;
}

function isOpen({ executions, findings, absent }: Figures, most: number): boolean {
  return absent === undefined && executions < most && findings.length < MOST_FINDINGS;
}

async function once(target: Target, figures: Figures, first: number, folder: string): Promise<void> {
  const seed = first + figures.executions;
  const r = new Random(seed);
  const input = target.make(r);
  const before = { time: performance.now(), bytes: process.memoryUsage.rss() };
  try {
    const verdict = await target.run(input, r);
    const seconds = (performance.now() - before.time) / 1000;
    const bytes = process.memoryUsage.rss() - before.bytes;
    // Of the first ones compilers and what is built once are a part.
    if (figures.executions > 0 && seconds > MOST_SECONDS)
      throw new Error(`${seconds.toFixed(1)} s until "${verdict}"`);
    if (figures.executions > 0 && bytes > MOST_BYTES) throw new Error(`${bytes} bytes until "${verdict}"`);
    figures.verdicts[verdict] = (figures.verdicts[verdict] ?? 0) + 1;
  } catch (error) {
    if (error instanceof Absent) {
      figures.absent = error.message;
      return;
    }
    figures.findings.push({
      seed,
      message: (error as Error).message,
      file: keep(target.name, seed, input, folder),
    });
  }
  figures.executions++;
}

function keep(target: string, seed: number, input: Uint8Array, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${target}-${seed}`);
  writeFileSync(file, input);
  return file;
}
