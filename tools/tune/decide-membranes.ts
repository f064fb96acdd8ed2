/** The `membrane` fusion in plain numbers, fast enough for calibration; the reference has the exact one. */
import { FUSE_ONE } from '../../assembly/shared/format.ts';
import { NEVER } from '../../assembly/shared/limits.ts';
import type { MembraneStage } from '../model.ts';

export function decideMembranes(
  rows: MembraneStage[][],
  evidence: ArrayLike<number>[],
  step: number,
): { class: number; margin: number } {
  const stage = rows[Math.min(step, rows.length) - 1]?.[evidence.length - 1] as MembraneStage;
  const classes = evidence[0]?.length ?? 0;
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  let second = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < classes; k++) {
    let sum = 0;
    for (let e = 0; e < evidence.length; e++)
      sum += (stage.weights[e] as number) * (evidence[e]?.[k] as number);
    const fused = Math.floor(sum / FUSE_ONE);
    if (fused > most) {
      second = most;
      most = fused;
      best = k;
    } else second = Math.max(second, fused);
  }
  return { class: best, margin: Math.min(NEVER, most - second) };
}
