/** Instructions of a network's calls under a runtime, and of the kernel in C alone. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SCRATCH } from '../../boards/build/program.mjs';
import { linesOf } from '../../boards/build/qemu.mjs';
import { linkFirmware, runFirmware } from '../../boards/firmware.mjs';

/** What WAMR gets beside the linear memory, ample. */
const WAMR_BYTES = 256 * 1024;

/** Instructions of every measured call. `layout` is what cases.mjs expects. */
export async function measure(runtime, board, network, layout, limit) {
  const { name, model, images } = network;
  const whole = { ...layout, name, model, images, ample: WAMR_BYTES };
  return check(await runFirmware(board, runtime, whole, { app: 'steps' }, limit), layout, board.perTick);
}

/** Instructions over synaptic operations of the kernel in C. */
export async function measureNative(board, limit) {
  const folder = join(SCRATCH, 'native', board.id);
  mkdirSync(folder, { recursive: true });
  const elf = await linkFirmware(board, folder, [join(import.meta.dirname, 'native.c')]);
  return linesOf(await board.emulate(elf, limit))
    .filter(([what]) => what === 'gather')
    .map(([, ticks, sops]) => ({ instructions: ticks * board.perTick, sops }));
}

/** Refuses a result whose counters are not those of V8. */
function check(lines, layout, perTick) {
  const found = (wanted) => lines.filter(([what]) => what === wanted);
  const instructions = (what) => found(what).map(([, ticks]) => ticks * perTick);
  const expected = layout.counters.flat();
  const steps = found('step').map(([, ticks, sops, events, spikes]) => {
    return { count: ticks * perTick, sops, events, spikes };
  });
  if (steps.length !== expected.length)
    throw new Error(`${steps.length} steps instead of ${expected.length}`);
  steps.forEach((step, i) => {
    for (const field of ['sops', 'events', 'spikes'])
      if (step[field] !== expected[i][field])
        throw new Error(`${field} of step ${i} differ from V8: ${step[field]}, ${expected[i][field]}`);
  });
  // Counters run from begin on.
  const points = steps.map(({ count, sops, events }, i) => {
    const before = i % layout.steps === 0 ? { sops: 0, events: 0 } : steps[i - 1];
    return { instructions: count, sops: sops - before.sops, events: events - before.events };
  });
  return {
    load: instructions('load')[0],
    open: instructions('open')[0],
    begin: instructions('begin'),
    points,
  };
}
