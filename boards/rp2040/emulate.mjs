/** A program for the RP2040 in rp2040js, from its second boot stage on; the ROM is not needed. */
import { Missing } from '../build/program.mjs';
import { flashImage } from './image.mjs';

/** Where the ROM runs boot2. */
const BOOT2_AT = 0x20041f00;
const RAM = 0x20000000;
const BATCH = 1 << 20;

/** What the firmware wrote to its UART until "done" or "fail …". */
export async function emulate(elf, seconds) {
  const { RP2040, ConsoleLogger, LogLevel } = await import('rp2040js').catch(() => {
    throw new Missing('install the npm package rp2040js');
  });
  const image = await flashImage(elf);
  const chip = new RP2040();
  chip.logger = new ConsoleLogger(LogLevel.Error, false);
  chip.flash.set(image);
  chip.sram.set(image.subarray(0, 256), BOOT2_AT - RAM);
  chip.core.PC = BOOT2_AT;
  let said = '';
  chip.uart[0].onByte = (byte) => {
    said += String.fromCharCode(byte);
  };
  const end = Date.now() + seconds * 1000;
  const { core, clock } = chip;
  while (!/^(done|fail .*)\r?\n/m.test(said)) {
    if (Date.now() > end) throw new Error(`no end within ${seconds} s; the last words: ${said.slice(-200)}`);
    for (let i = 0; i < BATCH; i++) clock.tick(core.executeInstruction() * 8);
  }
  // rp2040js takes writes to flash: a real chip would not.
  if (image.some((byte, i) => chip.flash[i] !== byte)) said += 'fail something was written to flash\n';
  return said;
}
