/**
 * `npm run mutants [-- part of a path]`: breaks one line at a time in a copy of the sources, and says which faults the tests let live.
 * Lines of the engine are compiled anew, both builds.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { main as asc } from 'assemblyscript/asc';

const LEAST = 0.9;
/** Quickest first: what they notice, the next need not be asked. */
const KERNELS = ['test/kernels/*.test.ts'];
const RECORDS = ['test/model/*.test.ts'];
const NETWORKS = ['test/conformance/crafted.test.ts', 'test/conformance/random.test.ts'];
/** How the rooms are told apart, and what ought to notice a fault in them. */
const ROOMS = [
  { name: 'tuning', paths: ['tools/tune/'], tests: [['test/tune/*.test.ts']] },
  { name: 'neuron', paths: ['assembly/kernels/', 'assembly/layer.ts'], tests: [KERNELS, NETWORKS] },
  { name: 'stopping', paths: ['assembly/fusion/stop.ts', 'assembly/network.ts'], tests: [NETWORKS, RECORDS] },
  { name: 'fusion', paths: ['assembly/fusion/'], tests: [NETWORKS] },
  { name: 'validation', paths: ['assembly/model/'], tests: [RECORDS, NETWORKS] },
];
/** Sources, target and place of what is compiled for the engine's rooms. */
const MODULES = [
  ['assembly/index.ts', 'snn-core', 'build/snn-core.wasm'],
  ['assembly/index.ts', 'snn-core-simd', 'build/snn-core-simd.wasm'],
  ['test/kernels/wasm/lanes.ts', 'snn-core', '.cache/kernels/lanes.wasm'],
  ['test/kernels/wasm/simd.ts', 'snn-core-simd', '.cache/kernels/simd.wasm'],
];
const wanted = process.argv[2] ?? '';
const mutants = JSON.parse(readFileSync(join('test', 'mutants', 'list.json'), 'utf8')).filter(({ file }) =>
  file.includes(wanted),
);
if (mutants.length === 0) throw new Error(`test/mutants/list.json: no mutant of a file like ${wanted}`);
const copy = mkdtempSync(join(tmpdir(), 'snn-mutants-'));

function roomOf(file) {
  const room = ROOMS.find(({ paths }) => paths.some((path) => file.startsWith(path)));
  if (room === undefined) throw new Error(`test/mutants/list.json: no room has ${file}`);
  return room;
}

/** The engines of the copy's sources, and the host that has them inside; without the last turn of setup.mjs, which only makes them smaller. */
async function compile() {
  for (const [source, target, file] of MODULES) {
    const { error, stderr } = await asc(
      [source, '--baseDir', copy, '--target', target, '--outFile', file],
      {},
    );
    if (error) throw new Error(`a mutant must compile: ${stderr}`);
  }
  const { status, stderr } = spawnSync(process.execPath, ['host/embed.mjs'], { cwd: copy, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** @returns whether the room's tests pass in the copy */
async function passes({ paths, tests }) {
  if (paths.some((path) => path.startsWith('assembly/'))) await compile();
  return tests.every(passesSet);
}

function passesSet(include) {
  const config = { test: { include, setupFiles: ['test/seed.ts'], testTimeout: 60_000 } };
  writeFileSync(join(copy, 'vitest.config.mjs'), `export default ${JSON.stringify(config)};\n`);
  const { status, signal, error, stdout } = spawnSync(
    join('node_modules', '.bin', 'vitest'),
    ['run', '--bail', '1'],
    { cwd: copy, encoding: 'utf8', timeout: 180_000, killSignal: 'SIGKILL' },
  );
  // An endless loop is noticed too; a run without any test is no verdict.
  if (error?.code === 'ETIMEDOUT') return false;
  if (error || signal || !/Tests? /.test(stdout)) throw new Error(`vitest did not run: ${error ?? stdout}`);
  return status === 0;
}

try {
  for (const part of [
    'assembly',
    'build',
    'experiments',
    'host',
    'models',
    'test',
    'tools',
    'asconfig.json',
    'package-lock.json',
    'package.json',
    'tsconfig.json',
  ])
    cpSync(part, join(copy, part), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  mkdirSync(join(copy, '.cache', 'kernels'), { recursive: true });
  const rooms = new Map();
  for (const { file, line, mutant, equivalent } of mutants) {
    const room = roomOf(file);
    if (!rooms.has(room.name)) {
      if (!(await passes(room))) throw new Error(`the tests of ${room.name} fail without any mutant`);
      rooms.set(room.name, { killed: 0, tried: 0, equivalent: 0 });
    }
    const source = readFileSync(file, 'utf8');
    if (source.split(line).length !== 2)
      throw new Error(`test/mutants/list.json: ${file} has no single "${line}"`);
    writeFileSync(
      join(copy, file),
      source.replace(line, () => mutant),
    );
    const dead = !(await passes(room));
    writeFileSync(join(copy, file), source);
    const figures = rooms.get(room.name);
    const word = dead ? 'killed    ' : equivalent ? 'equivalent' : 'SURVIVED  ';
    if (dead && equivalent)
      throw new Error(`${file}: "${line}" is said to change nothing, and a test noticed`);
    if (equivalent) figures.equivalent++;
    else figures.tried++;
    if (dead) figures.killed++;
    console.log(`${word} ${file}: ${line} -> ${mutant || 'nothing'}`);
  }
  for (const [name, { killed, tried, equivalent }] of rooms) {
    const besides = equivalent === 0 ? '' : `, besides ${equivalent} that change nothing`;
    console.log(`${name.padEnd(10)} ${killed} of ${tried} killed${besides}`);
    if (killed < LEAST * tried) process.exitCode = 1;
  }
  console.log(`wanted: ${LEAST * 100} % of each`);
} catch (error) {
  console.error(`mutants: ${error.message}`);
  process.exitCode = 2;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
