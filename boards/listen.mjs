#!/usr/bin/env node
// What snn send and boards/mlperf start, with one JSON object: a firmware that listens, in its emulator, UART on stdin and stdout.
import { boardOf } from './boards.mjs';
import { doJob } from './build/job.mjs';
import { caseOf, embedded } from './cases.mjs';
import { buildListener } from './firmware.mjs';
import { readsInPlace, runtimeOf } from './runtimes.mjs';

await doJob(listen);

/** `name`: what profile% answers as the model. */
async function listen({ board: id, model, runtime: runtimeId = 'wasm2c', name }) {
  const board = boardOf(id);
  const runtime = runtimeOf(runtimeId);
  if (board.listen === undefined) throw new Error(`${board.name}: no emulator here has this chip`);
  const inPlace = await readsInPlace(runtime);
  const network = await embedded(await caseOf(model, undefined, 1), inPlace);
  const { elf } = await buildListener(board, runtime, network, inPlace, name);
  await board.listen(elf);
}
