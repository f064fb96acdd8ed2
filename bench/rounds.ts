/** All contestants in turn, round after round: what disturbs the machine disturbs them alike. */
import type { Contestant, Pass } from './contestant.ts';

export interface Timing {
  /** Milliseconds per image. */
  min: number;
  median: number;
  /** Mean over the images of each one's median over the rounds: what counts where images differ, as when some stop early. */
  mean: number;
}

export interface Row {
  id: string;
  name: string;
  version: string;
  batch: number;
  /** Why there are no times. */
  missing?: string;
  warm?: Timing;
  /** Undefined where a contestant cannot be cooled down: wasmtime runs in a process of its own. */
  cold?: Timing;
  /** Per image. */
  steps?: number;
  sops?: number;
  events?: number;
}

export interface Plan {
  rounds: number;
  warm: number;
  cold: number;
}

export interface Measured {
  row: Row;
  /** Of the first pass, for comparison. */
  first?: Pass;
}

export async function measure(
  contestants: Contestant[],
  { rounds, warm, cold }: Plan,
  onProgress: (done: number) => void,
): Promise<Measured[]> {
  const results = contestants.map((c): Measured & { times: { warm: number[][]; cold: number[][] } } => ({
    row: {
      id: c.id,
      name: c.name,
      version: c.version,
      batch: c.batch,
      ...(c.missing === undefined ? {} : { missing: c.missing }),
    },
    times: { warm: [], cold: [] },
  }));
  const attempt = async (i: number, isCold: boolean, count: number): Promise<Pass | undefined> => {
    const { row } = results[i] as Measured;
    if (row.missing !== undefined) return undefined;
    try {
      return await (contestants[i] as Contestant).pass(isCold, count);
    } catch (error) {
      row.missing = (error as Error).message;
      return undefined;
    }
  };
  // Not counted: compilers tier up, files come into memory, answers are taken for comparison.
  for (const [i, result] of results.entries()) {
    const first = await attempt(i, false, warm);
    if (first !== undefined) result.first = first;
  }
  for (let round = 0; round < rounds; round++) {
    for (const [i, { times }] of results.entries()) {
      const { batch } = contestants[i] as Contestant;
      for (const [kind, count] of [
        ['warm', warm],
        ['cold', cold],
      ] as const) {
        const pass = await attempt(i, kind === 'cold', count);
        if (pass !== undefined && pass.ms.length > 0) times[kind].push(pass.ms.map((ms) => ms / batch));
      }
    }
    onProgress(round + 1);
  }
  return results.map(({ row, first, times }) => {
    const timed = row.missing === undefined;
    return {
      row: {
        ...row,
        ...(timed && times.warm.length > 0 ? { warm: timing(...times.warm) } : {}),
        ...(timed && times.cold.length > 0 ? { cold: timing(...times.cold) } : {}),
        ...(first?.sops === undefined ? {} : { sops: first.sops }),
        ...(first?.events === undefined ? {} : { events: first.events }),
        ...(first?.steps === undefined ? {} : { steps: first.steps }),
      },
      ...(first === undefined ? {} : { first }),
    };
  });
}

/** Of one or several passes over the same images. */
export function timing(...passes: number[][]): Timing {
  const sorted = ascending(passes.flat());
  const each = (passes[0] ?? []).map((_, i) => middle(passes.map((p) => p[i] as number)));
  return {
    min: sorted[0] as number,
    median: middle(sorted),
    mean: each.reduce((a, b) => a + b, 0) / each.length,
  };
}

function middle(values: number[]): number {
  return ascending(values)[values.length >> 1] as number;
}

function ascending(values: number[]): number[] {
  return values.toSorted((a, b) => a - b);
}
