#!/usr/bin/env node
// What snn aot calls, with one JSON object: the engine with memory for a model as machine code for WAMR, or as C by wasm2c.
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleCore } from '../dist/tools/file/bundle.js';
import { writeWhole } from '../dist/tools/terminal/write.js';
import { wamrRoot } from './build/crates.mjs';
import { doJob, say, writeFolder } from './build/job.mjs';
import { SCRATCH } from './build/program.mjs';
import { compileAhead, TARGETS } from './build/wamrc.mjs';
import { wasm2c, wasmRt } from './build/wasm2c.mjs';

await doJob(write);

async function write({ model, target, out, unchecked, xip, elsewhere }) {
  const bytes = new Uint8Array(readFileSync(model));
  const { module, layout } = await bundleCore(
    readFileSync('build/snn-core.wasm'),
    bytes,
    elsewhere ? 'elsewhere' : 'apart',
  );
  const memory = `linear memory ${layout.end} bytes, the model ${elsewhere ? 'outside of it' : `copied to ${layout.model}`}`;
  mkdirSync(SCRATCH, { recursive: true });
  if (target === 'c') {
    await writeFolder(out, async (part) => {
      await wasm2c(part, module, { access: true, memoryBytes: layout.end });
      copyFileSync(join(wasmRt(), 'wasm-rt.h'), join(part, 'wasm-rt.h'));
      rmSync(join(part, 'engine.wasm'));
    });
    say(
      `${out}: engine.c, engine.h, wasm-rt.h; compile with host/c/snn.c and wasm2c.c, -O2${elsewhere ? ' -DWINDOW' : ''}${unchecked ? ' -DUNCHECKED' : ''}; ${memory}`,
    );
    return;
  }
  if ((xip || elsewhere) && (await wamrRoot()).old)
    throw new Error(
      '--xip and --elsewhere need a current WAMR; name its checkout in WAMR_ROOT and its wamrc in WAMRC',
    );
  const how = { checked: !unchecked, inFlash: xip, sharedHeap: elsewhere };
  const name = await compileAhead(SCRATCH, module, TARGETS[target], how);
  const code = readFileSync(join(SCRATCH, name));
  await writeWhole(out, code);
  say(`${out}: ${code.length} bytes for ${target}; ${memory}`);
}
