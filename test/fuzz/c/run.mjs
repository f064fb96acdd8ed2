/**
 * `npm run fuzz:c [-- --minutes N | --runs N] [--seed N]`: the engine as C under libFuzzer, AddressSanitizer and UBSan; see engine.c.
 * A finding is kept in .cache/fuzz and told, exit code 2; 3 where clang or wasm2c is not installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Missing, SCRATCH } from '../../../boards/build/program.mjs';
import { wasm2c } from '../../../boards/build/wasm2c.mjs';
import { load } from '../../drivers/load.mjs';

const CLANGS = ['clang', 'clang-19', 'clang-16', 'clang-14'];
const ADVICE = 'clang with its runtime (Debian: clang libclang-rt-dev)';
const FOUND = join('.cache', 'fuzz');
const FLAGS = [
  '-std=c99',
  '-O2',
  '-g',
  '-fsanitize=fuzzer,address,undefined',
  '-fno-sanitize-recover=undefined',
  '-fno-sanitize-coverage=trace-cmp',
];

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    'take-away': { type: 'string', default: '0' },
  },
});
const limits = { minutes: values.minutes, runs: values.runs, seed: values.seed };
for (const [name, text] of Object.entries(limits))
  if (text !== undefined && !/^[1-9]\d{0,11}$/.test(text))
    end(`--${name} ${text}: give a whole number from 1 on`, 1);

try {
  mkdirSync(SCRATCH, { recursive: true });
  const program = await build();
  const seeds = join(SCRATCH, 'seeds');
  const grown = join(SCRATCH, 'grown');
  for (const folder of [seeds, grown, FOUND]) mkdirSync(folder, { recursive: true });
  const { corpus } = await load('./test/fuzz/c/corpus.ts');
  for (const [i, bytes] of corpus().entries()) writeFileSync(join(seeds, `${i}.snn`), bytes);
  const limit =
    values.runs === undefined
      ? `-max_total_time=${60 * Number(values.minutes ?? 1)}`
      : `-runs=${values.runs}`;
  const before = new Set(readdirSync(FOUND));
  const args = [
    `-seed=${values.seed}`,
    '-max_len=2048',
    '-timeout=20',
    '-rss_limit_mb=1024',
    '-reload=0',
    '-len_control=0',
    limit,
  ];
  const { code, said } = await run(program, [...args, `-artifact_prefix=${FOUND}/`, grown, seeds]);
  const line = said.split('\n').find((l) => l.startsWith('{"executions"'));
  const findings = readdirSync(FOUND).filter((name) => !before.has(name));
  if (code !== 0) {
    process.stderr.write(said.split('\n').slice(-60).join('\n'));
    end(
      `a finding: ${findings.map((name) => join(FOUND, name)).join(', ') || 'no file'}; seed ${values.seed}`,
      2,
    );
  }
  if (line === undefined) throw new Error('libFuzzer ended without its figures');
  print({ ...JSON.parse(line), findings: 0, seed: Number(values.seed) });
} catch (error) {
  end(error.message, error instanceof Missing ? 3 : 4);
}

/** @returns the harness, compiled by the first clang that is here */
async function build() {
  const { sources, flags } = await wasm2c(SCRATCH, readFileSync(join('build', 'snn-core.wasm')));
  const program = join(SCRATCH, 'engine-fuzz');
  const found = CLANGS.find((name) => spawnSync(name, ['--version']).status === 0);
  if (found === undefined) throw new Missing(`install ${ADVICE}`);
  const defines = [`-DTAKEN_AWAY=${values['take-away']}u`];
  const { status, stderr } = spawnSync(
    found,
    [...FLAGS, ...flags, ...defines, 'test/fuzz/c/engine.c', ...sources, '-o', program],
    { encoding: 'utf8' },
  );
  if (status === 0) return program;
  if (/libclang_rt|sanitizer\/asan_interface/.test(stderr)) throw new Missing(`install ${ADVICE}`);
  throw new Error(`${found} failed: ${stderr.trim().split('\n')[0]}`);
}

/** Its end and the last of what it said; libFuzzer talks without end. */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text) => {
      said = (said + text).slice(-100_000);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
  });
}

function print(figures) {
  if (values.json) return console.log(JSON.stringify(figures));
  const { executions, accepted, ran, refused, findings, seed } = figures;
  const names = [
    'truncated',
    'magic',
    'version',
    'size',
    'CRC',
    'section',
    'network',
    'layer',
    'projection',
    'arena',
  ];
  console.log(
    `${executions} executions, seed ${seed}: ${accepted} accepted, of which ${ran} ran; ${findings} findings`,
  );
  console.log(`refused: ${names.map((name, i) => `${name} ${refused[i]}`).join(', ')}`);
}

function end(message, code) {
  process.stderr.write(`fuzz: ${message}\n`);
  rmSync(SCRATCH, { recursive: true, force: true });
  process.exit(code);
}
