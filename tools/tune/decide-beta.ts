/** The `beta` fusion in plain numbers, fast enough for calibration; the reference has the exact one, in whole numbers too. */
import { ALPHA_ONE, POSTERIOR_ONE } from '../../assembly/shared/format.ts';

/** Posterior means are of 2^30. */
const ONE = 2 ** 30;

/** `alphas` of the links between the exits, in sixteenths; `chances` is N. */
export function decideBeta(
  alphas: number[],
  evidence: ArrayLike<number>[],
  chances: number,
): { class: number; margin: number } {
  const classes = evidence[0]?.length ?? 0;
  let best = 0;
  let most = -1;
  let second = 0;
  for (let k = 0; k < classes; k++) {
    let p = 0;
    for (let e = 0; e < evidence.length; e++) {
      const count = evidence[e]?.[k] as number;
      const alpha = e === 0 ? 0 : (alphas[e - 1] as number);
      p = alpha === 0 ? Math.floor((count * ONE) / chances) : posterior(p, alpha, count, chances);
    }
    const last = evidence.at(-1);
    const wins = p > most || (p === most && (last?.[k] as number) > (last?.[best] as number));
    if (wins) {
      second = Math.max(second, most);
      most = p;
      best = k;
    } else second = Math.max(second, p);
  }
  const units = ONE / POSTERIOR_ONE;
  return { class: best, margin: Math.floor(most / units) - Math.floor(second / units) };
}

/** ⌊p·(α + M)·2^30 ÷ (α·2^30 + N·p)⌋, six binary digits at a time: every remainder stays below 2^53. */
function posterior(p: number, alpha: number, count: number, chances: number): number {
  const below = alpha * ONE + ALPHA_ONE * chances * p;
  let rest = p * (alpha + ALPHA_ONE * count);
  let quotient = Math.floor(rest / below);
  for (let digit = 0; digit < 5; digit++) {
    rest = (rest - Math.floor(rest / below) * below) * 64;
    quotient = quotient * 64 + Math.floor(rest / below);
  }
  return quotient;
}
