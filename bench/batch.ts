/** Images per second over worker threads. */
import { availableParallelism } from 'node:os';
import { loadBatch } from '../host/node.ts';
import { timing } from './rounds.ts';
import { plans } from './trials.ts';

const IMAGES = 2048;
const ASKED = [1, 2, 4];

export interface BatchRow {
  threads: number;
  /** Times as fast as one thread. */
  speedup?: number;
  /** Why it was not measured. */
  missing?: string;
}

/** The MNIST model, stopping when sure; all thread counts in turn. */
export async function batchOverThreads(rounds: number): Promise<BatchRow[]> {
  const trial = await plans()
    .find((p) => p.id === 'mnist')
    ?.open();
  if (trial === undefined) throw new Error('the MNIST trial is gone');
  const images = Array.from(
    { length: IMAGES },
    (_, i) => trial.images[i % trial.images.length] as Uint8Array,
  );
  const cores = availableParallelism();
  const pools = await Promise.all(
    ASKED.filter((threads) => threads <= cores).map(async (threads) => ({
      threads,
      pool: await loadBatch(trial.stopping, { threads }),
      ms: [] as number[],
    })),
  );
  for (let round = 0; round <= rounds; round++) {
    for (const { pool, ms } of pools) {
      const start = performance.now();
      await pool.classifyBatch(images);
      if (round > 0) ms.push(performance.now() - start);
    }
  }
  for (const { pool } of pools) pool.close();
  const alone = timing(pools[0]?.ms ?? []).median;
  return ASKED.map((threads) => {
    const measured = pools.find((p) => p.threads === threads);
    return measured === undefined
      ? { threads, missing: `this machine has ${cores} cores` }
      : { threads, speedup: alone / timing(measured.ms).median };
  });
}
