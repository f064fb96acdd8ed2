/** What stopping costs on images unlike those of calibration, with the guards and without. */
import type { Dataset } from '../../tools/data/dataset.ts';
import { fusedCurve, stoppedRow } from '../../tools/eval/curves.ts';
import type { Shipped } from '../../tools/file/shipped.ts';
import { record } from '../../tools/run/record.ts';
import type { Progress } from '../../tools/terminal/progress.ts';
import { withoutGuards } from '../../tools/tune/guard.ts';
import { decideAll } from '../../tools/tune/stop.ts';
import { SHIFTS, shifted } from './shifts.ts';

export interface ShiftFigures {
  shift: string;
  /** All steps. */
  whole: number;
  stopped: number;
  sops: number;
  /** Share of the images that leave a guard. */
  unusual: number;
  /** Stopping as it would be without guards. */
  unguarded: number;
  unguarded_sops: number;
}

export async function checkGuards(
  { bytes, model }: Shipped,
  data: Dataset,
  progress: Progress,
): Promise<ShiftFigures[]> {
  const figures: ShiftFigures[] = [];
  for (const shift of SHIFTS) {
    let done = 0;
    const traces = await record({ model: bytes, images: shifted(data, shift), count: data.count }, (n) => {
      done += n;
      progress(`${model.meta.name}, ${shift.name}`, done, data.count);
    });
    const decisions = decideAll(model, traces);
    const free = withoutGuards(model);
    const stopped = stoppedRow(model, traces, data.labels, decisions, model.stop);
    const unguarded = stoppedRow(free, traces, data.labels, decideAll(free, traces), free.stop);
    figures.push({
      shift: shift.name,
      whole: fusedCurve(traces, data.labels, decisions).at(-1) as number,
      stopped: stopped.accuracy,
      sops: stopped.sops,
      unusual: decisions.unusual.reduce((n, u) => n + u, 0) / data.count,
      unguarded: unguarded.accuracy,
      unguarded_sops: unguarded.sops,
    });
  }
  return figures;
}
