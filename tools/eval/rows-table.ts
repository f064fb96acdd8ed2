/** Rows of results as people read them. */
import { short, table } from '../terminal/table.ts';
import type { Row } from './curves.ts';

export function rowsTable(rows: [string, Row][]): string {
  const cells = rows.map(([name, r]) => [
    name,
    `${(100 * r.accuracy).toFixed(2)} %`,
    r.steps === 0 ? '–' : r.steps.toFixed(2),
    r.sops === 0 ? '–' : short(r.sops),
    `${(r.energy_pj / 1e6).toFixed(2)} µJ`,
  ]);
  return table(
    [
      { head: '', align: 'left' },
      { head: 'accuracy' },
      { head: 'steps' },
      { head: 'SOPs' },
      { head: 'energy' },
    ],
    cells,
  );
}
