/** snn inspect: what a model is and what it needs, before anything is flashed. */
import type { Command } from 'commander';
import { ALPHA_ONE, FUSE_ONE } from '../../assembly/shared/format.ts';
import { load } from '../../host/node.ts';
import { type Description, describe } from '../describe.ts';
import type { Fusion } from '../model.ts';
import { readModel } from '../read-model.ts';
import { short, table } from '../show/table.ts';

const COLUMNS = [
  'kind',
  'shape',
  'neurons',
  'parameters',
  'dense MACs',
  'flash B',
  'RAM B',
  'θ',
  'K',
  'bits',
];
/** Rows of a table that are shown in text; --json has them all. */
const MOST_ROWS = 12;

export function register(program: Command): void {
  program
    .command('inspect')
    .description('show layers, sizes, memory and tables of a .snn file')
    .argument('<model>', 'a .snn file')
    .option('--json', 'print one JSON object')
    .action(async (file: string, flags: { json?: boolean }) => {
      const { bytes, model } = await readModel(file);
      const net = await load(bytes);
      const facts = describe(bytes, model, net.info.arenaBytes);
      console.log(flags.json ? JSON.stringify({ file, ...facts }, null, 2) : print(file, facts));
    });
}

function print(file: string, d: Description): string {
  const [channels, height, width] = d.input;
  return [
    `${file}: ${d.name}, format ${d.version}, ${d.bytes} bytes, CRC-32 ${d.crc32}`,
    `sha256  ${d.sha256}`,
    `input   ${height}x${width}x${channels}, ${d.labels.length} classes`,
    `runs    ${d.timing} timing, up to ${d.steps} steps, ${d.exits.length} exits, ${d.fusion.kind} fusion`,
    `needs   ${d.bytes} bytes of flash, ${d.arena_bytes} bytes of RAM, ${short(d.dense_macs)} dense MACs`,
    '',
    layerTable(d),
    '',
    ...stopLines(d),
    ...fusionLines(d.fusion),
  ].join('\n');
}

function layerTable(d: Description): string {
  const sum = (field: 'neurons' | 'flash_bytes' | 'ram_bytes'): number =>
    d.layers.reduce((total, layer) => total + layer[field], 0);
  const rows = d.layers.map((l) => [
    l.exit ? `${l.name} (exit)` : l.name,
    l.kind,
    l.shape.join('x'),
    String(l.neurons),
    String(l.parameters),
    short(l.dense_macs),
    String(l.flash_bytes),
    String(l.ram_bytes),
    l.readout === 'current' ? '–' : [...new Set(l.threshold)].join('..'),
    l.readout === 'current' ? '–' : String(l.burst),
    String(l.membrane_bits),
  ]);
  // Headers and tables in flash; counters, pointers and scratch in RAM.
  const flash = d.bytes - sum('flash_bytes');
  const ram = d.arena_bytes - sum('ram_bytes');
  const totals = [sum('neurons'), d.parameters, short(d.dense_macs), d.bytes, d.arena_bytes];
  rows.push(['the rest', '', '', '', '', '', String(flash), String(ram)]);
  rows.push(['total', '', '', ...totals.map(String)]);
  return table(
    [{ head: 'layer', align: 'left' }, ...COLUMNS.map((head) => ({ head }))],
    rows.map((row) => [...row, ...new Array<string>(COLUMNS.length + 1 - row.length).fill('')]),
  );
}

function stopLines(d: Description): string[] {
  if (d.stop.length === 0) return ['stop: no table, every image runs all steps'];
  const rows = d.stop.map((row, i) => `step ${i + 1}: ${row.map((m) => m ?? 'never').join(' / ')}`);
  return ['stop where the margin reaches (earliest exit first)', ...indent(rows)];
}

function fusionLines(fusion: Fusion): string[] {
  if (fusion.kind === 'beta') {
    const tables = fusion.alpha.map((knots, e) => {
      const alphas = knots.map((k) => k.alpha / ALPHA_ONE);
      const points = knots.map((k, i) => `${alphas[i]} at ${k.step}`);
      return [
        `exit ${e + 1}: ${knots.length} knots, ${Math.min(...alphas)} to ${Math.max(...alphas)}`,
        ...indent(points),
      ];
    });
    return ['α of the beta fusion (α at step)', ...tables.flatMap(indent)];
  }
  const rows = fusion.rows.map((stages, i) => {
    const last = stages.at(-1)?.weights ?? [];
    return `${i === fusion.rows.length - 1 ? `from step ${i + 1}` : `step ${i + 1}`}: ${last.map((w) => (w / FUSE_ONE).toFixed(2)).join(' / ')}`;
  });
  return ['weights of the fusion (earliest exit first)', ...indent(rows)];
}

/** At most MOST_ROWS of them, the middle left out. */
function indent(lines: string[]): string[] {
  const half = MOST_ROWS / 2;
  const omitted = `… ${lines.length - MOST_ROWS} more, see --json`;
  const shown = lines.length <= MOST_ROWS ? lines : [...lines.slice(0, half), omitted, ...lines.slice(-half)];
  return shown.map((line) => `  ${line}`);
}
