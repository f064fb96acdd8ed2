#!/usr/bin/env node
// npm run boards: every board with every runtime, answers compared with Node's, memory and time in a table.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `npm run boards -- [options]
  --sample             the part of the matrix that npm test runs
  --board IDS          only these, comma-separated
  --runtime IDS        only these, comma-separated
  --json               the rows as JSON
  --from FILE          print what --json wrote before, and run nothing
  --markdown           the table for a README`;

const options = {
  sample: { type: 'boolean', default: false },
  board: { type: 'string' },
  runtime: { type: 'string' },
  json: { type: 'boolean', default: false },
  from: { type: 'string' },
  markdown: { type: 'boolean', default: false },
};

let flags;
try {
  flags = parseArgs({ options }).values;
} catch (error) {
  end(`${error.message}\n${USAGE}`);
}
if (flags.from !== undefined) flags.from = resolve(flags.from);
process.chdir(join(import.meta.dirname, '..'));
// Exits through 'exit', which removes what was built for this run.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const { fullMatrix, runJob, sampleMatrix } = await import('./matrix.mjs');
const { BOARDS } = await import('./boards.mjs');
const { RUNTIMES } = await import('./runtimes.mjs');
const { versions } = await import('./firmware.mjs');
const { table } = await import('../dist/tools/terminal/table.js');

const boards = chosen(
  'board',
  BOARDS.filter((b) => b.emulate !== undefined),
);
const runtimes = chosen('runtime', RUNTIMES);
const wanted = (row) => boards.includes(row.board) && runtimes.includes(row.runtime);
const rows =
  flags.from === undefined
    ? await runAll()
    : JSON.parse(readFileSync(flags.from, 'utf8')).rows.filter(wanted);
process.stdout.write(
  flags.json ? `${JSON.stringify({ versions: await versions(), rows }, null, 2)}\n` : `${print()}\n`,
);
process.exitCode = rows.some((row) => row.error !== undefined && !row.error.startsWith('does not fit'))
  ? 1
  : 0;

async function runAll() {
  const jobs = (flags.sample ? sampleMatrix() : fullMatrix()).filter(wanted);
  if (jobs.length === 0) end('no row of the matrix has this board with this runtime');
  const rows = [];
  for (const job of jobs) {
    process.stderr.write(`${job.board}, ${job.runtime}, ${job.network.model}\n`);
    rows.push(await runJob(job));
  }
  return rows;
}

function chosen(flag, known) {
  const all = known.map(({ id }) => id);
  const ids = flags[flag]?.split(',') ?? all;
  const stranger = ids.find((id) => !all.includes(id));
  if (stranger !== undefined) end(`--${flag} ${stranger}: known are ${all.join(', ')}`);
  return ids;
}

function print() {
  const heads = [
    'flash',
    'RAM',
    'linear',
    'stack',
    'start',
    'open',
    'per step',
    'mean',
    'p99',
    'worst',
    'ms',
  ];
  const cells = rows.map((row) => {
    const head = [row.board, `${row.runtime} ${row.version ?? ''}`, row.network, row.model ?? ''];
    const why = row.missing === undefined ? row.error : `not run: ${row.missing}`;
    if (why !== undefined) return [...head, why, ...heads.slice(1).map(() => '')];
    const numbers = [
      ...[row.flash, row.ram, row.linear, row.stack].map(String),
      ...[row.start, row.open, row.per_step, row.mean, row.p99, row.worst].map(count),
    ];
    return [...head, ...numbers, row.ms === null ? '–' : row.ms.toFixed(1)];
  });
  const left = ['board', 'runtime', 'network', 'model'].map((head) => ({ head, align: 'left' }));
  if (flags.markdown) return markdown([...left, ...heads.map((head) => ({ head }))], cells);
  const note =
    'Bytes, flash without the test images; instructions, for the RP2040 cycles. An inference is begin and steps to the answer; k, M: thousands, millions.';
  return `${table([...left, ...heads.map((head) => ({ head }))], cells)}\n${note}`;
}

function markdown(columns, cells) {
  const line = (texts) => `| ${texts.join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'left' ? '---' : '--:'));
  return [columns.map(({ head }) => head), rule, ...cells].map(line).join('\n');
}

function count(n) {
  return n < 1e4 ? String(n) : n < 1e6 ? `${(n / 1e3).toFixed(1)} k` : `${(n / 1e6).toFixed(2)} M`;
}

function end(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
