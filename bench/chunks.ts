/**
 * What computing several steps of a layer at once would waste: a run that stops within a chunk has paid for all of it.
 * From the stops of shipped models on real images.
 */
import { existsSync } from 'node:fs';
import { load } from '../host/node.ts';
import { plans } from './trials.ts';

const SIZES = [1, 2, 4, 8];

export interface ChunkRow {
  network: string;
  /** Mean steps per image when every step is decided on. */
  steps: number;
  /** Steps run too many, as a share of those needed, per chunk size. */
  overshoot: { size: number; share: number }[];
}

export async function chunks(): Promise<ChunkRow[]> {
  const rows: ChunkRow[] = [];
  for (const plan of plans().filter((p) => p.spikes === 'single spikes' && p.note.endsWith('.snn'))) {
    if (!existsSync(plan.note)) continue;
    const { stopping, images } = await plan.open();
    const network = await load(stopping);
    const steps = images.map((image) => network.classify(image).steps);
    const most = network.info.steps;
    const needed = steps.reduce((a, b) => a + b, 0);
    rows.push({
      network: plan.network,
      steps: needed / steps.length,
      overshoot: SIZES.map((size) => {
        const run = steps.reduce((sum, s) => sum + Math.min(most, Math.ceil(s / size) * size), 0);
        return { size, share: run / needed - 1 };
      }),
    });
  }
  return rows;
}
