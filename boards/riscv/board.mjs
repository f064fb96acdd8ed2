/** rv32imc on QEMU's virt machine: the instructions of an ESP32-C3. */
import { RV32 } from '../build/gcc.mjs';
import { qemu, qemuListens } from '../build/qemu.mjs';
import { TARGETS } from '../build/wamrc.mjs';

const MIB = 1024 * 1024;
const EMULATOR = {
  program: 'qemu-system-riscv32',
  advice: 'qemu-system-misc',
  args: ['-M', 'virt', '-bios', 'none'],
};

export const RISCV = {
  id: 'riscv',
  name: 'QEMU virt, rv32imc',
  folder: 'riscv',
  unit: 'instructions',
  perTick: 1,
  ticksPerUs: 1000,
  uart: { kind: 'ns16550', at: 0x10000000 },
  memory: { flash: 0x80000000, flash_size: 4 * MIB, ram: 0x80400000, ram_size: 4 * MIB },
  target: RV32,
  wamrc: TARGETS.riscv32,
  link: ['--oslib=semihost', '--crt0=hosted'],
  emulate: (elf, seconds) => qemu(EMULATOR, elf, seconds),
  listen: (elf) => qemuListens(EMULATOR, elf),
};
