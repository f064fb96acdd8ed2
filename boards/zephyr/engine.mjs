#!/usr/bin/env node
// engine.c, engine.h and wasm-rt.h for the module, in engine/ beside this: node boards/zephyr/engine.mjs [folder]
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { wasm2c, wasmRt } from '../build/wasm2c.mjs';

const folder = resolve(process.argv[2] ?? join(import.meta.dirname, 'engine'));
process.chdir(join(import.meta.dirname, '..', '..'));
mkdirSync(folder, { recursive: true });
await wasm2c(folder, readFileSync('build/snn-core.wasm'), { access: true });
copyFileSync(join(wasmRt(), 'wasm-rt.h'), join(folder, 'wasm-rt.h'));
