/** The emulated boards: MPS2 of QEMU, 4 MiB for programs and 4 MiB of RAM. */
import { join } from 'node:path';
import { cortex, link } from '../build/gcc.mjs';
import { run } from '../build/program.mjs';

const INSTRUCTIONS_PER_TICK = 40;

/** Code for the Cortex-M0+ runs on a Cortex-M3: QEMU has no board with an M0+ and this memory. */
export const PROCESSORS = {
  m4: {
    name: 'Cortex-M4',
    machine: 'mps2-an386',
    target: cortex('cortex-m4', 'thumbv7em'),
    wamrc: ['--target=thumbv7em', '--cpu=cortex-m4', '--cpu-features=-vfp2,-fp64'],
  },
  'm0+': {
    name: 'Cortex-M0+',
    machine: 'mps2-an385',
    target: cortex('cortex-m0plus', 'thumbv6m'),
    wamrc: ['--target=thumbv6m', '--cpu=cortex-m0plus'],
  },
};

/** A program for the board; `args` as for link. */
export function firmware({ target }, folder, args) {
  const memory = { flash: 0, flash_size: 0x400000, ram: 0x20000000, ram_size: 0x400000 };
  return link(target, join(folder, 'firmware.elf'), [
    '--oslib=semihost',
    '--crt0=hosted',
    '-O2',
    '-w',
    `-I${import.meta.dirname}`,
    ...args,
    ...Object.entries(memory).map(([name, value]) => `-Wl,--defsym=__${name}=${value}`),
  ]);
}

/** The words of every line that the firmware prints, numbers as numbers, ticks as instructions. */
export async function emulate({ machine }, elf, seconds) {
  const { stdout, stderr, timedOut } = await run(
    'qemu-system-arm',
    [
      ['-M', machine, '-icount', 'shift=0'],
      ['-display', 'none', '-monitor', 'none', '-serial', 'none'],
      ['-semihosting-config', 'enable=on,target=native', '-kernel', elf],
    ].flat(),
    // A firmware that fails ends QEMU with its own status; its output tells why.
    { seconds, mayFail: true },
  );
  if (timedOut) throw new Error(`no end within ${seconds} s`);
  const lines = `${stdout}${stderr}`.split(/\r?\n/).map((line) => line.split(' '));
  const failed = lines.find(([what]) => what === 'fail');
  if (failed !== undefined) throw new Error(failed.slice(1).join(' '));
  if (!lines.some(([what]) => what === 'done')) {
    const said = `${stdout}${stderr}`.trim().split('\n').slice(-3).join('; ');
    throw new Error(`the firmware died: ${said || 'no output'}`);
  }
  return lines.map(([what, ticks, ...numbers]) => [
    what,
    Number(ticks) * INSTRUCTIONS_PER_TICK,
    ...numbers.map(Number),
  ]);
}
