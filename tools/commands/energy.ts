/** snn energy: what an answer costs, by the models that the literature uses. */
import type { Command } from 'commander';
import { denseMacs, energyPj, imageMacs, PJ_IN_WORDS } from '../cost/energy.ts';
import { type SpikeSimEnergy, spikesimPj } from '../cost/spikesim.ts';
import { readModel } from '../file/read.ts';
import type { Model } from '../model.ts';
import type { Activity } from '../run/activity.ts';
import { wholeNumber } from '../terminal/options.ts';
import { printable } from '../terminal/printable.ts';
import { short, table } from '../terminal/table.ts';
import { activityOn } from './inspect.ts';

/** Per image. */
interface Way {
  steps: number;
  sops: number;
  /** Of the image's layer. */
  macs: number;
  pj_45nm: number;
  pj_spikesim: number;
}

interface Facts {
  file: string;
  dense_macs: number;
  ann_pj_45nm: number;
  spikesim_pj_per_step: SpikeSimEnergy;
  ways: Record<string, Way>;
}

export function register(program: Command): void {
  program
    .command('energy')
    .description('energy per image: operations in 45 nm, and SpikeSim per time step')
    .argument('<model>', 'a .snn file')
    .option('--data <images>', 'images to run; without them only what holds for every image')
    .option('--limit <n>', 'use at most this many images', wholeNumber(1), 100)
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: { data?: string; limit: number; json?: boolean }) => {
      const { bytes, model } = await readModel(file);
      const perStep = spikesimPj(model);
      const ways: Facts['ways'] = {};
      const { data, limit } = flags;
      if (data !== undefined) {
        for (const [name, sure] of [
          ['all steps', false],
          ['stopping per image', true],
        ] as const)
          ways[name] = wayOf(model, perStep.fused, await activityOn(file, bytes, model, data, limit, sure));
      }
      const macs = denseMacs(model);
      const facts: Facts = {
        file,
        dense_macs: macs,
        ann_pj_45nm: energyPj(0, macs),
        spikesim_pj_per_step: perStep,
        ways,
      };
      console.log(flags.json ? JSON.stringify(facts, null, 2) : print(facts));
    });
}

function wayOf(model: Model, pjPerStep: number, { steps, layers }: Activity): Way {
  const sops = layers.reduce((n, l) => n + l.sops, 0);
  const macs = imageMacs(model);
  return { steps, sops, macs, pj_45nm: energyPj(sops, macs), pj_spikesim: steps * pjPerStep };
}

function print({
  file,
  dense_macs,
  ann_pj_45nm,
  spikesim_pj_per_step: { fused, final, alone },
  ways,
}: Facts): string {
  const micro = (pj: number): string => `${(pj / 1e6).toFixed(3)} µJ`;
  const rows = Object.entries(ways).map(([name, w]) => [
    name,
    w.steps.toFixed(2),
    short(w.sops),
    short(w.macs),
    micro(w.pj_45nm),
    micro(w.pj_spikesim),
  ]);
  const heads = ['steps', 'SOPs', 'MACs', '45 nm', 'SpikeSim'].map((head) => ({ head }));
  return [
    `${printable(file)}: as a dense ANN ${short(dense_macs)} MACs, ${micro(ann_pj_45nm)} (45 nm)`,
    `SpikeSim, as the paper’s authors count: ${micro(fused)} per time step with all exits, ${micro(final)} for the final one (without its pool, with the others’ classifiers), ${micro(alone.at(-1) as number)} for what it needs`,
    '',
    rows.length === 0
      ? 'give --data for the steps and SOPs of real images'
      : table([{ head: 'per image', align: 'left' }, ...heads], rows),
    '',
    `45 nm: ${PJ_IN_WORDS}, memory traffic not included. SpikeSim: steps × a constant, spikes do not enter.`,
    'docs/energy.md has formulas and sources, docs/PERFORMANCE.md instructions per SOP on a Cortex-M.',
  ].join('\n');
}
