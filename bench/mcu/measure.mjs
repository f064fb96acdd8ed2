/** Instructions of a network's calls under a runtime, and of the kernel in C alone. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SCRATCH } from '../../boards/build/program.mjs';
import { runFirmware } from '../../boards/firmware.mjs';
import { emulate, firmware } from '../../boards/qemu-mps2/board.mjs';

/** Instructions of every measured call. `layout` is what cases.mjs expects. */
export async function measure(runtime, processor, network, layout, limit) {
  const { name, model, images } = network;
  return check(await runFirmware(runtime, processor, { ...layout, name, model, images }, limit), layout);
}

/** Instructions over synaptic operations of the kernel in C. */
export async function measureNative(processor, limit) {
  const folder = join(SCRATCH, 'native', processor.target.id);
  mkdirSync(folder, { recursive: true });
  const elf = await firmware(processor, folder, [join(import.meta.dirname, 'native.c')]);
  const lines = await emulate(processor, elf, limit);
  return lines
    .filter(([what]) => what === 'gather')
    .map(([, instructions, sops]) => ({ instructions, sops }));
}

/** Refuses a result whose counters are not those of V8. */
function check(lines, layout) {
  const found = (wanted) => lines.filter(([what]) => what === wanted);
  const instructions = (what) => found(what).map(([, count]) => count);
  const expected = layout.counters.flat();
  const steps = found('step').map(([, count, sops, events, spikes]) => ({ count, sops, events, spikes }));
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
