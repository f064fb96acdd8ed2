/** The result as tables: on a terminal, and between the marks of docs/PERFORMANCE.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { table } from '../tools/terminal/table.ts';
import { extras } from './extras.ts';
import type { Figure } from './figures.ts';
import type { Performance, TrialResult } from './result.ts';
import type { Row, Timing } from './rounds.ts';
import { left, right, type Section } from './section.ts';

export function terminal(run: Performance, figures: Figure[]): string {
  return `${sections(run, figures)
    .map(({ title, text, columns, rows }) => `${title}\n${text}\n${table(columns, rows)}\n`)
    .join('\n')}`;
}

/** Name of a mark → the tables between `<!-- name -->` and `<!-- /name -->`. */
export function markdown(run: Performance, figures: Figure[]): string {
  return sections(run, figures)
    .map(({ title, text, columns, rows }) => {
      const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
      const rule = columns.map((c) => (c.align === 'left' ? '---' : '--:'));
      return [
        `### ${title}`,
        '',
        text,
        '',
        line(columns.map((c) => c.head)),
        line(rule),
        ...rows.map(line),
        '',
      ].join('\n');
    })
    .join('\n');
}

const OPEN = '<!-- bench -->';
const CLOSE = '<!-- /bench -->';

export function replaceTables(page: string, tables: string): void {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : '';
  const [start, end] = [text.indexOf(OPEN), text.indexOf(CLOSE)];
  if (start < 0 || end < start)
    throw new Error(`${page}: the marks ${OPEN} and ${CLOSE} are gone; put them back`);
  writeFileSync(page, `${text.slice(0, start + OPEN.length)}\n\n${tables}\n${text.slice(end)}`);
}

function sections(run: Performance, figures: Figure[]): Section[] {
  const { machine, plan, date } = run;
  const intro = `${date}, ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; one thread each, ${plan.rounds} rounds of ${plan.warm} warm and ${plan.cold} cold images.`;
  return [
    {
      title: 'Targets',
      text: intro,
      columns: [left('what'), right('target'), right('measured'), left('')],
      rows: figures.map((f) => [
        f.what,
        f.target,
        f.result,
        f.met === undefined ? 'not measured' : f.met ? 'met' : 'missed',
      ]),
    },
    ...run.trials.map(trialSection),
    ...extras(run),
  ];
}

function trialSection(t: TrialResult): Section {
  const right_ =
    t.accuracy === undefined ? '' : `, ${(100 * t.accuracy).toFixed(1)} % right on the images timed`;
  const steps = t.steps === 1 ? '1 step' : `T = ${t.steps}`;
  const ours = t.rows.find((r) => r.id === 'engine-simd');
  return {
    title: `${t.network}: ${t.spikes}`,
    text:
      t.missing ??
      `${t.note}, ${steps}${right_}. Times are milliseconds per image; × is the time of the SIMD engine.`,
    columns: [
      left('contestant'),
      right('warm min'),
      right('warm median'),
      right('×'),
      right('warm mean'),
      right('cold median'),
      right('×'),
      right('M SOPs'),
      right('same answers'),
      left('version'),
    ],
    rows: t.rows.map((row) => cells(row, ours, t)),
  };
}

function cells(row: Row, ours: Row | undefined, t: TrialResult): string[] {
  if (row.missing !== undefined) return [row.name, '–', '–', '–', '–', '–', '–', '', '', row.missing];
  const ms = (value: number | undefined): string => (value === undefined ? '–' : value.toPrecision(3));
  const ratio = (a: Timing | undefined, b: Timing | undefined): string =>
    a === undefined || b === undefined ? '–' : (a.median / b.median).toPrecision(3);
  const agreement = t.agreement.find((a) => a.id === row.id);
  const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
  const steps = row.steps === undefined || row.steps === t.steps ? '' : ` (${row.steps.toFixed(2)} steps)`;
  return [
    `${row.name}${steps}`,
    ms(row.warm?.min),
    ms(row.warm?.median),
    ratio(row.warm, ours?.warm),
    ms(row.warm?.mean),
    ms(row.cold?.median),
    ratio(row.cold, ours?.cold),
    row.sops === undefined ? '' : (row.sops / 1e6).toPrecision(3),
    agreement === undefined
      ? ''
      : agreement.evidence === 1
        ? 'all bits'
        : `${percent(agreement.answers)}${agreement.required === 'nothing' ? ' (another function)' : ''}`,
    row.version,
  ];
}
