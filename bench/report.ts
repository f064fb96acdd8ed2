/** The result as tables: on a terminal, and between the marks of docs/PERFORMANCE.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Column, short, table } from '../tools/terminal/table.ts';
import type { Figure } from './figures.ts';
import { PARTS } from './profile.ts';
import type { Performance, TrialResult } from './result.ts';
import type { Row, Timing } from './rounds.ts';

interface Section {
  title: string;
  /** A line above the table. */
  text: string;
  columns: Column[];
  rows: string[][];
}

const left = (head: string): Column => ({ head, align: 'left' });
const right = (head: string): Column => ({ head });

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

function extras(run: Performance): Section[] {
  const { roofline, profile, curve, bursts, start, batch, chunks, microcontroller } = run;
  const out: Section[] = [];
  const engine = run.trials.find((t) => t.id === 'synthetic')?.rows.find((r) => r.id === 'engine-simd');
  if (roofline !== undefined) {
    const rate = (value: number): string => `${short(1000 * value)}SOP/s`;
    const reached =
      engine?.warm === undefined || engine.sops === undefined ? undefined : engine.sops / engine.warm.median;
    out.push({
      title: 'Roofline',
      text: 'Rows of 256 channels added to drives, nothing else: the most that the inner loop reaches.',
      columns: [left('loop'), right('rows in the first cache'), right('in the second')],
      rows: [
        ['Wasm SIMD128', rate(roofline.wasm.l1), rate(roofline.wasm.l2)],
        roofline.native === undefined
          ? ['C', '–', roofline.missing ?? '']
          : [`C, ${roofline.native.vectors}`, rate(roofline.native.l1), rate(roofline.native.l2)],
        ...(reached === undefined ? [] : [['the whole engine on the 68 M-MAC VGG', '', rate(reached)]]),
      ],
    });
  }
  if (profile !== undefined) {
    out.push({
      title: 'Profile',
      text: 'Share of the time in the engine, SIMD, warm, all layers run.',
      columns: [left('network'), ...PARTS.map(([name]) => right(name))],
      rows: profile.map((p) => [
        `${p.network}, ${p.spikes}`,
        ...(p.shares?.map((share) => `${(100 * share).toFixed(0)} %`) ?? [p.missing ?? '']),
      ]),
    });
  }
  if (curve !== undefined) {
    const base = curve.find((p) => p.rate === 0.1) ?? curve[0];
    out.push({
      title: 'Time over spike rate',
      text: 'The 68 M-MAC VGG with random weights, T = 8, single spikes, warm. 1 is the SIMD build at 10 %.',
      columns: [
        right('neurons that fire'),
        right('M SOPs'),
        right('SIMD'),
        right('MVP'),
        right('MVP ÷ SIMD'),
      ],
      rows: curve.map((p) => [
        `${100 * p.rate} %`,
        (p.sops / 1e6).toFixed(1),
        (p.simd / (base?.simd ?? 1)).toFixed(2),
        (p.mvp / (base?.simd ?? 1)).toFixed(2),
        (p.mvp / p.simd).toFixed(1),
      ]),
    });
  }
  if (bursts !== undefined) {
    out.push({
      title: 'Bursts',
      text: "Time per SOP beyond the silent network's, 10 % of the neurons firing.",
      columns: [left('events'), right('spikes per event'), right('×')],
      rows: bursts.map((b) => [
        b.most === 1 ? 'single spikes' : `bursts of up to ${b.most}`,
        b.spikes_per_event.toFixed(2),
        (b.price / (bursts[0]?.price ?? 1)).toFixed(2),
      ]),
    });
  }
  if (start !== undefined) {
    out.push({
      title: 'Start',
      text: 'Node, a new process each: load() of the MNIST model to the first answer, milliseconds.',
      columns: [right('min'), right('median')],
      rows: [[start.min.toFixed(1), start.median.toFixed(1)]],
    });
  }
  if (batch !== undefined) {
    out.push({
      title: 'classifyBatch',
      text: 'MNIST, stopping when sure, images per second against one thread.',
      columns: [right('threads'), right('×')],
      rows: batch.map((b) => [String(b.threads), b.speedup?.toFixed(2) ?? b.missing ?? '']),
    });
  }
  if (chunks !== undefined) {
    const sizes = chunks[0]?.overshoot.map((o) => o.size) ?? [];
    out.push({
      title: 'Steps wasted by chunks',
      text: 'Steps run too many if steps were computed in chunks, as a share of those needed.',
      columns: [
        left('network, single spikes'),
        right('mean steps'),
        ...sizes.map((s) => right(`chunks of ${s}`)),
      ],
      rows: chunks.map((c) => [
        c.network,
        c.steps.toFixed(2),
        ...c.overshoot.map((o) => `${(100 * o.share).toFixed(0)} %`),
      ]),
    });
  }
  if (microcontroller !== undefined && microcontroller.length > 0) {
    out.push({
      title: 'Instructions on a Cortex-M, emulated',
      text: 'Per synaptic operation, an event’s own cost included, and per neuron and step without events: [bench/mcu](../bench/mcu/README.md).',
      columns: [left('processor'), left('runtime'), left('network'), right('per SOP'), right('per neuron')],
      rows: microcontroller.map((r) =>
        r.perSop === undefined
          ? [r.processor, r.runtime, r.network, '–', r.error ?? '']
          : [
              r.processor,
              r.runtime,
              r.network,
              r.perSop.toFixed(2),
              r.fixed === undefined || r.neurons === undefined ? '' : (r.fixed / r.neurons).toFixed(1),
            ],
      ),
    });
  }
  return out;
}
