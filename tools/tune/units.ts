/** Real values of a unit of each exit's evidence, where the model has lost what it knew of them. */
import type { Traces } from '../run/traces.ts';

/** Spread of the logits of a trained classifier, roughly; the temperature is fitted to what it really is. */
const SPREAD = 4;

/** As if the mean potentials of all exits had one spread: their weights and temperatures are tried relative to it. */
export function unitsOfEvidence({ images, steps, exits, classes, evidence }: Traces): number[] {
  return Array.from({ length: exits }, (_, e) => {
    let squares = 0;
    for (let i = 0; i < images; i++) {
      const at = ((i * steps + steps - 1) * exits + e) * classes;
      const values = evidence.subarray(at, at + classes);
      const mean = values.reduce((a, b) => a + b, 0) / classes;
      squares += values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    }
    const spread = Math.sqrt(squares / (images * classes)) / steps;
    return spread > 0 ? SPREAD / spread : 1;
  });
}
