/** What may be tried where a network is not told its levels or steps. */

export interface Point {
  /** K, the most spikes of a neuron within one step. */
  burst: number;
  steps: number;
}

const LIGHT: Point[] = [
  { burst: 8, steps: 1 },
  { burst: 16, steps: 1 },
  { burst: 32, steps: 1 },
  { burst: 16, steps: 2 },
  { burst: 32, steps: 2 },
  { burst: 8, steps: 4 },
];
const BURST_STEPS = [1, 2, 4];
/** Single spikes reach their levels over the steps. */
const SINGLE_STEPS = [1, 2, 4, 8, 16, 32];

/** What may be tried; the levels of QCFS are trained, so they are given. */
export function pointsToTry(burst: number | undefined, steps: number | undefined): Point[] {
  if (burst === undefined)
    return steps === undefined ? LIGHT : LIGHT.slice(0, 3).map((p) => ({ ...p, steps }));
  if (steps !== undefined) return [{ burst, steps }];
  return (burst === 1 ? SINGLE_STEPS : BURST_STEPS).map((s) => ({ burst, steps: s }));
}
