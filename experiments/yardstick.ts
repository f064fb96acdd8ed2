/** The paper's yardstick on the paper's kind of network: when 97 % of the ANN's accuracy is reached, and at what cost. */
import type { Curve, Evaluated } from '../tools/eval/recorded.ts';

/** Accuracy of the ANN that counts as reached in the paper's yardstick. */
const PAPER_SHARE = 0.97;

export interface PaperFigures {
  images: number;
  ann: number;
  /** First step and SOPs at which 97 % of the ANN's accuracy is reached; null if never. */
  final: Reached | null;
  grid: Reached | null;
  empirical: Reached | null;
  /** Energy saved against the final exit alone, in the paper's currency (steps) and in SOPs. */
  reduction_percent: { grid: Saved | null; empirical: Saved | null };
  /** Area under accuracy over steps, as a share of its rectangle, over the same steps for all. */
  area: { final: number; grid: number; empirical: number };
}

export interface Reached {
  step: number;
  sops: number;
}

export interface Saved {
  steps: number;
  sops: number;
}

/** The paper's yardstick on the paper's kind of network. */
export function paperFigures(ann: number, grid: Evaluated, empirical: Evaluated): PaperFigures {
  const reach = (c: Curve): Reached | null => {
    const s = c.accuracy.findIndex((a) => a >= PAPER_SHARE * ann);
    return s < 0 ? null : { step: s + 1, sops: c.sops[s] as number };
  };
  const final = reach(grid.curves.final);
  const saved = (r: Reached | null): Saved | null =>
    final === null || r === null
      ? null
      : { steps: 100 * (1 - r.step / final.step), sops: 100 * (1 - r.sops / final.sops) };
  const area = (c: Curve): number => c.accuracy.reduce((a, b) => a + b, 0) / c.accuracy.length;
  const reachedGrid = reach(grid.curves.fused);
  const reachedEmpirical = reach(empirical.curves.fused);
  return {
    images: grid.traces.images,
    ann,
    final,
    grid: reachedGrid,
    empirical: reachedEmpirical,
    reduction_percent: { grid: saved(reachedGrid), empirical: saved(reachedEmpirical) },
    area: {
      final: area(grid.curves.final),
      grid: area(grid.curves.fused),
      empirical: area(empirical.curves.fused),
    },
  };
}
