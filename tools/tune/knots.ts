/** Piecewise linear tables with few knots: a few bytes instead of one number per step. */

export interface Knot {
  step: number;
  /** In sixteenths (ALPHA_ONE). */
  alpha: number;
}

/** Every tenth step, beyond 500 every hundredth, and the last: those of the paper, whose first step reads nothing. */
export function paperKnots(steps: number): number[] {
  const knots: number[] = [];
  for (let s = 0; s < steps; s += s < 500 ? 10 : 100) knots.push(s);
  return [...knots, steps];
}

/** Dense where the exits begin to speak, then every tenth step, beyond 500 every hundredth, and the last. */
export function denseKnots(steps: number): number[] {
  const knots: number[] = [];
  for (let s = 1; s < steps; s += s < 20 ? 1 : s < 60 ? 4 : s < 500 ? 10 : 100) knots.push(s);
  return [...knots, steps];
}

/**
 * At most `most` of the knots (at least 2 where there are so many): the ends, then again and again the one that the
 * line through those chosen misses by the most (Ramer 1972, Douglas and Peucker 1973).
 */
export function fewerKnots(knots: Knot[], most: number): Knot[] {
  if (knots.length <= most) return knots;
  const chosen = new Set([0, knots.length - 1]);
  while (chosen.size < Math.max(2, most)) {
    const kept = knots.filter((_, i) => chosen.has(i));
    let worst = 0;
    let farthest = -1;
    knots.forEach((knot, i) => {
      const miss = chosen.has(i) ? -1 : Math.abs(knot.alpha - alphaAt(kept, knot.step));
      if (miss > worst) {
        worst = miss;
        farthest = i;
      }
    });
    // The line meets all the others.
    if (farthest < 0) break;
    chosen.add(farthest);
  }
  return knots.filter((_, i) => chosen.has(i));
}

/** α of every link at steps 1 to the last knot's, on the lines between the knots, in sixteenths, rounded down. */
export function alphaRows(links: Knot[][], steps: number): number[][] {
  return Array.from({ length: steps }, (_, i) => links.map((knots) => Math.floor(alphaAt(knots, i + 1))));
}

/** α on the line between the two knots around `step`. */
function alphaAt(knots: Knot[], step: number): number {
  const next = knots.findIndex((k) => k.step >= step);
  const [a, b] = [knots[Math.max(0, next - 1)], knots[next]] as [Knot, Knot];
  if (a.step === b.step) return b.alpha;
  return a.alpha + ((b.alpha - a.alpha) * (step - a.step)) / (b.step - a.step);
}
