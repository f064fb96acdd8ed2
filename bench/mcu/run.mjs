#!/usr/bin/env node
// Instructions per synaptic operation of the engine on an emulated Cortex-M, under every runtime. README.md beside this.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `node bench/mcu/run.mjs [options]
  --engine FILE      the module to measure (build/snn-core.wasm)
  --model FILE       a trained model beside the synthetic networks, may be repeated (models/mnist.snn); none: only those
  --only IDS         runtimes, comma-separated: native, wasm2c, wasm2c-unchecked, wasm2c-generated, aot, aot-unchecked,
                     xip, wamr, wamr-classic, wasm3, wasm2c-room, wasm2c-unchecked-room (all but xip, wamr-classic)
  --cpu IDS          boards, comma-separated: an386 (Cortex-M4), m0+, stm32f405, an385, an500, an547, riscv, rp2040
                     (an386,m0+)
  --steps N          steps per image at most (1)
  --timeout SECONDS  for one emulation (600)
  --json [-o FILE]   everything that was measured, as JSON`;

/** Not measured unless asked for. */
const SELDOM = ['xip', 'wamr-classic'];

const options = {
  engine: { type: 'string', default: 'build/snn-core.wasm' },
  model: { type: 'string', multiple: true, default: ['models/mnist.snn'] },
  only: { type: 'string' },
  cpu: { type: 'string', default: 'an386,m0+' },
  steps: { type: 'string', default: '1' },
  timeout: { type: 'string', default: '600' },
  json: { type: 'boolean', default: false },
  output: { type: 'string', short: 'o' },
  help: { type: 'boolean', short: 'h', default: false },
};

let flags;
try {
  flags = parseArgs({ options }).values;
} catch (error) {
  end(`${error.message}\n${USAGE}`);
}
if (flags.help) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
const enginePath = resolve(flags.engine);
const modelPaths = flags.model.filter((path) => path !== 'none').map((path) => resolve(path));
const output = flags.output === undefined ? undefined : resolve(flags.output);
process.chdir(join(import.meta.dirname, '..', '..'));
for (const path of [enginePath, ...modelPaths]) if (!existsSync(path)) end(`${path} does not exist`);
if (!existsSync('dist/tools/file/pack.js')) end('the tools are not built; run: node setup.mjs');

// Exits through 'exit', which removes what was built for this run.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const { expect, synthetic, trained } = await import('./cases.mjs');
const { measure, measureNative } = await import('./measure.mjs');
const { Missing } = await import('../../boards/build/program.mjs');
const { BOARDS } = await import('../../boards/boards.mjs');
const { M0_ON_M3 } = await import('../../boards/cortex-m/board.mjs');
const { versions } = await import('../../boards/firmware.mjs');
const { RUNTIMES } = await import('../../boards/runtimes.mjs');

const [steps, timeout] = [whole('steps'), whole('timeout')];
const boards = [...BOARDS, M0_ON_M3];
const processors = chosen(
  'cpu',
  flags.cpu,
  boards.map((b) => b.id),
);
const known = ['native', ...RUNTIMES.map((r) => r.id)];
const wanted =
  flags.only === undefined ? known.filter((id) => !SELDOM.includes(id)) : chosen('only', flags.only, known);
const engine = readFileSync(enginePath);
const networks = await Promise.all(
  [synthetic(1), synthetic(4), ...modelPaths.map(trained)].map(async (network) => ({
    ...network,
    layout: await expect(network, engine, steps),
  })),
);

const rows = [];
for (const id of processors) {
  const processor = boards.find((b) => b.id === id);
  if (wanted.includes('native')) {
    const row = await attempt('native C, the kernel alone', processor, 'synthetic', async () => {
      const points = await measureNative(processor, timeout);
      return { ...line(points), points };
    });
    rows.push({ id: 'native', ...row });
  }
  for (const runtime of RUNTIMES.filter((r) => wanted.includes(r.id)))
    for (const network of networks) {
      const row = await attempt(runtime.name, processor, network.name, async () => {
        const result = await measure(runtime, processor, network, network.layout, timeout);
        const begin = result.begin.reduce((sum, n) => sum + n, 0) / result.begin.length;
        return { ...line(result.points), ...result, begin, neurons: network.layout.neurons };
      });
      rows.push({ id: runtime.id, ...row });
    }
}

const report = { engine: flags.engine, engineBytes: engine.length, versions: await versions(), rows };
if (output !== undefined) writeFileSync(output, `${JSON.stringify(report, null, 2)}\n`);
process.stdout.write(flags.json && output === undefined ? `${JSON.stringify(report, null, 2)}\n` : table());
process.exitCode = rows.some((row) => row.error?.includes('differ from V8')) ? 1 : 0;

async function attempt(name, processor, network, work) {
  const row = { runtime: name, processor: processor.name, network };
  process.stderr.write(`${processor.name}, ${name}, ${network}\n`);
  try {
    return { ...row, ...(await work()) };
  } catch (error) {
    return { ...row, error: error instanceof Missing ? `not measured: ${error.message}` : error.message };
  }
}

/**
 * instructions = fixed + perSop · SOPs by least squares; fit is 1 where all points lie on the line. `fixed` is for one
 * step over all neurons.
 */
function line(points) {
  const n = points.length;
  const mean = (field) => points.reduce((sum, p) => sum + p[field], 0) / n;
  const [x, y] = [mean('sops'), mean('instructions')];
  const xy = points.reduce((sum, p) => sum + (p.sops - x) * (p.instructions - y), 0);
  const xx = points.reduce((sum, p) => sum + (p.sops - x) ** 2, 0);
  const yy = points.reduce((sum, p) => sum + (p.instructions - y) ** 2, 0);
  const perSop = xy / xx;
  return { perSop, fixed: y - perSop * x, fit: xy ** 2 / (xx * yy) };
}

function table() {
  const head = ['runtime', 'network', 'instr/SOP', 'fit', 'fixed/step', '/neuron', 'begin', 'open'];
  const blocks = [...new Set(rows.map((r) => r.processor))].map((processor) => {
    const cells = rows.filter((r) => r.processor === processor).map(cellsOf);
    // The text of an error runs over the columns that it leaves empty.
    const widths = head.map((title, i) =>
      Math.max(title.length, ...cells.filter((c) => i === 0 || c.length > 2).map((c) => c[i].length)),
    );
    const text = [head, ...cells].map((c) =>
      c
        .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    );
    return [processor, ...text, ''].join('\n');
  });
  return `${blocks.join('\n')}\n`;
}

function cellsOf(row) {
  const { runtime, network, error } = row;
  if (error !== undefined) return [runtime, `${network}: ${error}`];
  const count = (n) => (n === undefined ? '' : String(Math.round(n)));
  return [
    runtime,
    network,
    row.perSop.toFixed(2),
    row.fit.toFixed(4),
    count(row.fixed),
    row.neurons === undefined ? '' : (row.fixed / row.neurons).toFixed(1),
    count(row.begin),
    count(row.open),
  ];
}

function chosen(flag, text, known) {
  if (text === undefined) return known;
  const ids = text.split(',');
  const stranger = ids.find((id) => !known.includes(id));
  if (stranger !== undefined) end(`--${flag} ${stranger}: known are ${known.join(', ')}`);
  return ids;
}

function whole(flag) {
  const value = Number(flags[flag]);
  if (!Number.isInteger(value) || value < 1) end(`--${flag} ${flags[flag]}: give a whole number from 1`);
  return value;
}

function end(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
