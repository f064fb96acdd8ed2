#!/usr/bin/env node
// Builds a C program with host/c and one runtime for this machine, as the tests do. README.md beside this.
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pywasm3 } from '../build/crates.mjs';
import { HERE, link } from '../build/gcc.mjs';
import { Missing, SCRATCH } from '../build/program.mjs';
import { wamr } from '../build/wamr.mjs';
import { wasm2c } from '../build/wasm2c.mjs';
import { wasm3 } from '../build/wasm3.mjs';

const HOST = join(import.meta.dirname, '..', '..', 'host', 'c');
const USAGE = `node boards/here/build.mjs --runtime NAME -o PROGRAM [options] FILE.c [-- gcc's own options]
  --runtime NAME   wamr (of crate wamr-sys 0.1.1, or WAMR_ROOT), wasm3 (0.4.7 of crate wasm3-sys 0.3.0, or WASM3_ROOT),
                   wasm3-0.5 (of PyPI's pywasm3), wasm2c, wasm2c-access (its loads and stores by access.h), wasm2c-window (and
                   a model can be read in place)
  --module FILE    what wasm2c compiles in (build/snn-core.wasm)
  --sanitize       with the address and undefined-behaviour sanitizers`;

const options = {
  runtime: { type: 'string' },
  output: { type: 'string', short: 'o' },
  module: { type: 'string', default: 'build/snn-core.wasm' },
  sanitize: { type: 'boolean', default: false },
};

let flags, positionals;
try {
  ({ values: flags, positionals } = parseArgs({ options, allowPositionals: true }));
} catch (error) {
  end(`${error.message}\n${USAGE}`);
}
if (flags.runtime === undefined || flags.output === undefined || positionals.length === 0) end(USAGE);
const output = resolve(flags.output);
const module = resolve(flags.module);
const files = positionals.map((word) => (word.startsWith('-') ? word : resolve(word)));
process.chdir(join(import.meta.dirname, '..', '..'));
// The runtimes' own C counts on signed overflow: undefined behaviour is looked for in ours and in wasm2c's alone.
const address = flags.sanitize ? ['-fsanitize=address', '-g'] : [];
const undefinedToo = flags.sanitize
  ? ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-g']
  : [];

const RUNTIMES = {
  wamr: () => wamr(HERE, { sanitize: address }),
  wasm3: () => wasm3(HERE, { sanitize: address }),
  'wasm3-0.5': async () => wasm3(HERE, { source: await pywasm3(), sanitize: address }),
  wasm2c: () => wasm2c(SCRATCH, readFileSync(module)),
  'wasm2c-access': () => wasm2c(SCRATCH, readFileSync(module), { access: true }),
  'wasm2c-window': () => wasm2c(SCRATCH, readFileSync(module), { access: true, defines: ['WINDOW'] }),
};

const build = RUNTIMES[flags.runtime];
if (build === undefined) end(`--runtime ${flags.runtime}: known are ${Object.keys(RUNTIMES).join(', ')}`);
mkdirSync(SCRATCH, { recursive: true });
mkdirSync(dirname(output), { recursive: true });
try {
  const { sources, flags: more } = await build();
  const warnings = ['-std=c99', '-Wall', '-Wextra', '-Wno-unused-function'];
  await link(HERE, output, [
    ...warnings,
    '-O2',
    ...undefinedToo,
    `-I${HOST}`,
    ...more,
    ...files,
    join(HOST, 'snn.c'),
    join(HOST, 'golden.c'),
    ...sources,
  ]);
} catch (error) {
  if (error instanceof Missing) end(error.message, 3);
  throw error;
}

function end(message, code = 2) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
