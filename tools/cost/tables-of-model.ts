/** The fusion and stop tables of a model, as lines for people. */
import { ALPHA_ONE, FUSE_ONE } from '../../assembly/shared/format.ts';
import type { Fusion } from '../model.ts';
import type { Description } from './describe.ts';

/** Rows of a table that are shown; --json has them all. */
const MOST_ROWS = 12;

export function tableLines(d: Description): string[] {
  return [...stopLines(d), ...guardLines(d), ...fusionLines(d.fusion)];
}

function stopLines(d: Description): string[] {
  if (d.stop.length === 0) return ['stop: no table, every image runs all steps'];
  const rows = d.stop.map((row, i) => `step ${i + 1}: ${row.map((m) => m ?? 'never').join(' / ')}`);
  return ['stop where the margin reaches (earliest exit first)', ...indent(rows)];
}

function guardLines({ layers }: Description): string[] {
  const lines = layers.flatMap(({ name, guard }) =>
    guard === null ? [] : [`${name}: ${guard.map((g) => g.toFixed(3)).join(' to ')}`],
  );
  return lines.length === 0
    ? []
    : [
        'but nowhere early unless a layer fires so often in step 1, per spike of the layer it sees',
        ...indent(lines),
      ];
}

function fusionLines(fusion: Fusion): string[] {
  if (fusion.kind === 'beta') {
    const rows = fusion.rows.map((alphas) => alphas.map((a) => a / ALPHA_ONE).join(' / '));
    return ['α of the beta fusion (second exit first)', ...indent(atSteps(rows))];
  }
  const rows = fusion.rows.map((stages) =>
    (stages.at(-1)?.weights ?? []).map((w) => (w / FUSE_ONE).toFixed(2)).join(' / '),
  );
  return ['weights of the fusion (earliest exit first)', ...indent(atSteps(rows))];
}

/** The last row of a fusion table holds for all later steps. */
function atSteps(rows: string[]): string[] {
  return rows.map((row, i) => `${i === rows.length - 1 ? 'from step' : 'step'} ${i + 1}: ${row}`);
}

/** At most MOST_ROWS of them, the middle left out. */
function indent(lines: string[]): string[] {
  const half = MOST_ROWS / 2;
  const omitted = `… ${lines.length - MOST_ROWS} more, see --json`;
  const shown = lines.length <= MOST_ROWS ? lines : [...lines.slice(0, half), omitted, ...lines.slice(-half)];
  return shown.map((line) => `  ${line}`);
}
