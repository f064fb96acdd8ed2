/** Cortex-M boards under QEMU, by picolibc's start code and linker script, printing over semihosting. */
import { cortex } from '../build/gcc.mjs';
import { run } from '../build/program.mjs';
import { qemu, qemuListens } from '../build/qemu.mjs';
import { TARGETS } from '../build/wamrc.mjs';

const KIB = 1024;
const UART_0 = { kind: 'cmsdk', at: 0x40004000 };
const MPS2 = { flash: 0, flash_size: 4096 * KIB, ram: 0x20000000, ram_size: 4096 * KIB };

/** @param perTick instructions per tick of SysTick, which counts the processor's clock of so many MHz */
function board(id, { name, machine, cpu, wamr, wamrc, memory = MPS2, perTick = 40, uart = UART_0, ...more }) {
  const emulator = { program: 'qemu-system-arm', advice: 'qemu-system-arm', args: ['-M', machine] };
  return {
    id,
    name,
    folder: 'cortex-m',
    unit: 'instructions',
    perTick,
    ticksPerUs: Math.round(1000 / perTick),
    uart,
    memory,
    target: cortex(cpu, wamr),
    wamrc,
    link: ['--oslib=semihost', '--crt0=hosted'],
    emulate: (elf, seconds) => qemu(emulator, elf, seconds),
    listen: (elf) => qemuListens(emulator, elf),
    ...more,
  };
}

const M4 = { cpu: 'cortex-m4', wamr: 'thumbv7em', wamrc: TARGETS.thumbv7em };

export const CORTEX_M = [
  board('stm32f405', {
    name: 'STM32F405, Cortex-M4',
    machine: 'netduinoplus2',
    ...M4,
    memory: { flash: 0x08000000, flash_size: 1024 * KIB, ram: 0x20000000, ram_size: 128 * KIB },
    perTick: 1000 / 168,
    uart: { kind: 'stm32', at: 0x40011000 },
    flash: async (elf) => {
      const args = ['run', '--chip', 'STM32F405RGTx', elf];
      const advice = 'probe-rs (https://probe.rs), and connect a debug probe';
      return (await run('probe-rs', args, { advice })).stdout;
    },
  }),
  board('an385', {
    name: 'MPS2 AN385, Cortex-M3',
    machine: 'mps2-an385',
    cpu: 'cortex-m3',
    wamr: 'thumbv7m',
    wamrc: ['--target=thumbv7m', '--cpu=cortex-m3'],
  }),
  board('an386', { name: 'MPS2 AN386, Cortex-M4', machine: 'mps2-an386', ...M4 }),
  board('an500', {
    name: 'MPS2 AN500, Cortex-M7',
    machine: 'mps2-an500',
    cpu: 'cortex-m7',
    wamr: 'thumbv7em',
    wamrc: ['--target=thumbv7em', '--cpu=cortex-m7', '--cpu-features=-vfp2,-fp64'],
  }),
  board('an547', {
    name: 'MPS3 AN547, Cortex-M55',
    machine: 'mps3-an547',
    cpu: 'cortex-m55',
    wamr: 'thumbv8m.main',
    // Its vector instructions (MVE) end in a hard fault here: wamrc may not use them.
    wamrc: ['--target=thumbv8m.main', '--cpu=cortex-m55', '--cpu-features=-vfp2,-fp64,-mve,-mve.fp'],
    memory: { flash: 0, flash_size: 512 * KIB, ram: 0x20000000, ram_size: 512 * KIB },
    perTick: 1000 / 32,
    uart: { kind: 'cmsdk', at: 0x49303000 },
  }),
];

/** Code for the Cortex-M0+ on a Cortex-M3, for bench/mcu: QEMU has no board with an M0+ and this memory. */
export const M0_ON_M3 = board('m0+', {
  name: 'Cortex-M0+ code on the M3 of MPS2 AN385',
  machine: 'mps2-an385',
  cpu: 'cortex-m0plus',
  wamr: 'thumbv6m',
  wamrc: TARGETS.thumbv6m,
});
