/** Firmware, machine code and libraries go where they can be written: said before compilers run, which are not even found here. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { EXIT_IO, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { snn } from '../commands/snn.ts';

const TINY = 'models/mnist-tiny.snn';
const folder = mkdtempSync(join(tmpdir(), 'firmware-output-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'file'), 'a file');
mkdirSync(join(folder, 'taken'));
const own = join(folder, 'own.snn');
copyFileSync(TINY, own);

const without = { PATH: join(folder, 'no-compilers') };
/** The verb's words around model and output. */
const FILES: [string, (model: string, out: string) => string[]][] = [
  ['aot', (model, out) => ['aot', model, '--target', 'thumbv7em', '-o', out]],
  ['flash', (model, out) => ['flash', 'rp2040', model, '-o', out]],
  ['flash --emulate', (model, out) => ['flash', 'an385', model, '--emulate', '-o', out]],
  ['flash --listen', (model, out) => ['flash', 'stm32f405', model, '--listen', '-o', out]],
];
const FOLDERS: typeof FILES = [
  ['aot --target c', (model, out) => ['aot', model, '--target', 'c', '-o', out]],
  ['export', (model, out) => ['export', out, model, '--for', 'cmake']],
];

function refusal(args: string[]): { code: number | null; stderr: string } {
  const before = readdirSync(folder);
  const { code, stdout, stderr } = snn(args, without);
  expect(stdout).toBe('');
  expect(readdirSync(folder)).toEqual(before);
  return { code, stderr };
}

describe.each(FILES)('snn %s', (_, args) => {
  test.each([
    ['a folder that is not there', join('nowhere', 'out'), 'ENOENT'],
    ['a folder', 'taken', 'EISDIR'],
    ['a file as a folder', join('file', 'out'), 'ENOTDIR'],
  ])('%s', (_, name, why) => {
    const out = join(folder, name);
    const { code, stderr } = refusal(args(TINY, out));
    expect(code).toBe(EXIT_IO);
    expect(stderr).toMatch(/^snn: [^\n]+\n$/);
    expect(stderr).toContain(`snn: ${out}: cannot be written (${why}); `);
  });

  test('its own model', () => {
    const { code, stderr } = refusal(args(own, own));
    expect({ code, stderr }).toEqual({
      code: EXIT_USAGE,
      stderr: `snn: ${own}: was read by this command; write to another file\n`,
    });
    expect(readFileSync(own).equals(readFileSync(TINY))).toBe(true);
  });

  test('where it can, the compilers are missed', () => {
    const out = join(folder, 'out');
    expect(refusal(args(TINY, out)).stderr).toMatch(/^snn: install [^\n]+\n$/);
    expect(existsSync(out)).toBe(false);
  });
});

describe.each(FOLDERS)('snn %s', (_, args) => {
  test('a folder that is there', () => {
    const out = join(folder, 'taken');
    const { code, stderr } = refusal(args(TINY, out));
    expect({ code, stderr }).toEqual({
      code: EXIT_USAGE,
      stderr: `snn: ${out}: is there already; name another folder\n`,
    });
  });

  test('a folder under a file', () => {
    const out = join(folder, 'file', 'deep', 'out');
    const { code, stderr } = refusal(args(TINY, out));
    expect(code).toBe(EXIT_IO);
    expect(stderr).toMatch(/^snn: [^\n]+: cannot be written \(ENOTDIR\); [^\n]+\n$/);
  });

  test('where it can, wasm2c is missed, and nothing is left', () => {
    expect(refusal(args(TINY, join(folder, 'out'))).stderr).toMatch(/^snn: install wasm2c [^\n]+\n$/);
  });
});
