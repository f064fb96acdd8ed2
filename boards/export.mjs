#!/usr/bin/env node
// What snn export calls, with one JSON object: writes a C library that holds the model and the engine through wasm2c.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { doJob, say, writeFolder } from './build/job.mjs';
import { wasm2c, wasmRt } from './build/wasm2c.mjs';
import { caseOf, embedded } from './cases.mjs';
import { manifestsFor } from './export/manifests.mjs';

const HOST = join(import.meta.dirname, '..', 'host', 'c');
const OWN = join(import.meta.dirname, 'export');
const COPIED = ['snn.c', 'snn.h', 'constants.h', 'runtime.h', 'golden.c', 'golden.h', 'crc32.h', 'access.h'];
/** What a build system would have to define; some have no way to. */
const DEFINES =
  '#define WINDOW /* the model is read in place: access.h */\n#ifndef NDEBUG\n#define NDEBUG\n#endif\n';

await doJob(write);

async function write({ folder, model, build, data }) {
  await writeFolder(folder, async (part) => {
    const network = await embedded(await caseOf(model, data, 1), true);
    const src = join(part, 'src');
    mkdirSync(src);
    for (const file of COPIED) copyFileSync(join(HOST, file), join(src, file));
    for (const file of ['network.c', 'network.h']) copyFileSync(join(OWN, file), join(src, file));
    const scratch = join(part, 'scratch');
    mkdirSync(scratch);
    await wasm2c(scratch, readFileSync('build/snn-core.wasm'), { access: true });
    writeFileSync(join(src, 'engine.c'), DEFINES + readFileSync(join(scratch, 'engine.c'), 'utf8'));
    copyFileSync(join(scratch, 'engine.h'), join(src, 'engine.h'));
    rmSync(scratch, { recursive: true });
    writeFileSync(join(src, 'wasm2c.c'), DEFINES + readFileSync(join(HOST, 'wasm2c.c'), 'utf8'));
    copyFileSync(join(wasmRt(), 'wasm-rt.h'), join(src, 'wasm-rt.h'));
    writeFileSync(join(src, 'model.inc'), bytes(network.model));
    writeFileSync(join(src, 'golden.inc'), bytes(network.golden));
    writeFileSync(join(src, 'network-sizes.h'), sizes(network));
    const name = basename(model, '.snn').replace(/[^A-Za-z0-9]/g, '_');
    const example = readFileSync(join(OWN, 'example.c'), 'utf8');
    for (const [path, text] of Object.entries(manifestsFor(build, name, example))) {
      mkdirSync(dirname(join(part, path)), { recursive: true });
      writeFileSync(join(part, path), text);
    }
  });
  say(`${folder}: a library for ${build}; its README tells how to build the example`);
}

function sizes({ memoryBytes, images }) {
  return [
    '/* Linear memory beside the model: engine, arena, image. */',
    `#define SNN_MEMORY_BYTES ${memoryBytes}`,
    `#define SNN_IMAGE_BYTES ${images[0].length}`,
    '',
  ].join('\n');
}

/** An initializer's list. */
function bytes(array) {
  return Buffer.from(array)
    .toString('hex')
    .replace(/../g, '0x$&,')
    .replace(/.{100}/g, '$&\n');
}
