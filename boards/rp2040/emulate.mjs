/** A program for the RP2040 in rp2040js, from its second boot stage on; the ROM is not needed. */
import { Missing } from '../build/program.mjs';
import { flashImage } from './image.mjs';

/** Where the ROM runs boot2. */
const BOOT2_AT = 0x20041f00;
const RAM = 0x20000000;
const BATCH = 1 << 20;
/** Short enough for a byte to be taken soon. */
const TURN = 1 << 16;

/** A chip that is about to run boot2. */
async function boot(image) {
  const { RP2040, ConsoleLogger, LogLevel } = await import('rp2040js').catch(() => {
    throw new Missing('install the npm package rp2040js');
  });
  const chip = new RP2040();
  chip.logger = new ConsoleLogger(LogLevel.Error, false);
  chip.flash.set(image);
  chip.sram.set(image.subarray(0, 256), BOOT2_AT - RAM);
  chip.core.PC = BOOT2_AT;
  return chip;
}

/** What the firmware wrote to its UART until "done" or "fail …". */
export async function emulate(elf, seconds) {
  const image = await flashImage(elf);
  const chip = await boot(image);
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

/** Its UART is our stdin and stdout, until stdin ends. */
export async function listen(elf) {
  const chip = await boot(await flashImage(elf));
  const [uart] = chip.uart;
  const waiting = [];
  let said = [];
  let ended = false;
  uart.onByte = (byte) => said.push(byte);
  process.stdin.on('data', (bytes) => waiting.push(bytes));
  process.stdin.on('end', () => {
    ended = true;
  });
  const { core, clock } = chip;
  let at = 0;
  while (!ended) {
    for (let i = 0; i < TURN; i++) {
      // A real line would not wait for the queue: here no byte is lost.
      if (waiting.length > 0 && uart.rxFIFO.empty) {
        uart.feedByte(waiting[0][at++]);
        if (at === waiting[0].length) [at] = [0, waiting.shift()];
      }
      clock.tick(core.executeInstruction() * 8);
    }
    if (said.length > 0) process.stdout.write(Buffer.from(said));
    said = [];
    await new Promise(setImmediate);
  }
}
