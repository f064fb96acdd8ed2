/**
 * Activations are recognised by what they compute, not by how an exporter spells them: the function between two
 * layers is probed at points that no step width hits by chance.
 */
import type { Activation } from '../../network.ts';
import type { Scalar } from './scalar.ts';

/** Relative error allowed: constants are float32, what is made of them is computed in double. */
const TOLERANCE = 1e-5;
const FAR = 1e7;
/** 1e−3 to 1e6, each 1.37 times the one before. */
const PROBES = Array.from({ length: 66 }, (_, i) => 1e-3 * 1.3716 ** i);
/** Shares of the ceiling, 0 to 1.3; 250 per step of one would already be finer than any step of QCFS. */
const SHARES = Array.from({ length: 1300 }, (_, i) => (i + Math.SQRT1_2) / 1000);
/** As many as a burst can count. */
const MAX_LEVELS = 255;

/** Undefined where `f` is none of those that spiking neurons can stand for. */
export function recogniseActivation(f: Scalar): Activation | undefined {
  const near = (x: number, y: number, scale: number): boolean => Math.abs(f(x) - y) <= TOLERANCE * scale;
  if (PROBES.every((x) => near(x, x, x) && near(-x, -x, x))) return { kind: 'none' };
  const slope = -f(-1);
  if (slope > 0 && slope < 1 && PROBES.every((x) => near(x, x, x) && near(-x, -slope * x, x)))
    return { kind: 'leaky', slope };
  const ceiling = f(FAR);
  if (!(ceiling > 0) || ceiling === Number.POSITIVE_INFINITY) return undefined;
  if (![0, FAR, ...PROBES].every((x) => near(-x, 0, Math.min(x, ceiling)))) return undefined;
  if ([FAR, ...PROBES].every((x) => near(x, x, x))) return { kind: 'relu' };
  if (!near(ceiling * 1e3, ceiling, ceiling)) return undefined;
  if (SHARES.every((s) => near(s * ceiling, Math.min(s, 1) * ceiling, ceiling)))
    return { kind: 'clip', ceiling };
  return recogniseQcfs(f, ceiling);
}

/**
 * Also where `f` is scaled on either side: f(x) = g(k·x) of a `g` among them, k > 0. ReLU and LeakyReLU scale with their
 * input; a ceiling is scaled with its output.
 */
export function recogniseScaled(f: Scalar): { activation: Activation; scale: number } | undefined {
  for (const scale of [1, ...scalesOf(f)]) {
    const activation =
      scale > 0 && Number.isFinite(scale) ? recogniseActivation((x) => f(x / scale)) : undefined;
    if (activation !== undefined) return { activation, scale };
  }
  return undefined;
}

/** What k would be of a line without end, of a clipped one, and of a staircase. */
function scalesOf(f: Scalar): number[] {
  const ceiling = f(FAR);
  const rise = firstRise(f, ceiling);
  return [ceiling / FAR, f(1e-3) / 1e-3, f(rise) / (2 * rise)];
}

/** Where f first leaves zero, from above. */
function firstRise(f: Scalar, ceiling: number): number {
  let [low, high] = [0, FAR];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (f(middle) > ceiling / (4 * MAX_LEVELS)) high = middle;
    else low = middle;
  }
  return high;
}

/** QCFS: L equal steps, h(x) = (λ/L)·clip(⌊x·L/λ + ½⌋, 0, L); the first rise is at λ/(2L). */
function recogniseQcfs(f: Scalar, ceiling: number): Activation | undefined {
  let [low, high] = [0, ceiling];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (f(middle) > ceiling / (4 * MAX_LEVELS)) high = middle;
    else low = middle;
  }
  const levels = Math.round(ceiling / (2 * high));
  if (levels < 1 || levels > MAX_LEVELS) return undefined;
  const step = ceiling / levels;
  const near = (x: number, level: number): boolean => Math.abs(f(x) - level * step) <= TOLERANCE * ceiling;
  for (let k = 1; k <= levels; k++) {
    const edge = (k - 0.5) * step;
    if (!near(edge - 1e-3 * step, k - 1) || !near(edge + 1e-3 * step, k) || !near(k * step, k))
      return undefined;
  }
  const fits = SHARES.every((s) => {
    const position = s * levels + 0.5;
    const besideEdge = Math.abs(position - Math.round(position)) < 1e-3;
    return besideEdge || near(s * ceiling, Math.min(Math.floor(position), levels));
  });
  return fits ? { kind: 'qcfs', levels, ceiling } : undefined;
}
