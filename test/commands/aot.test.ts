/** snn aot: C by wasm2c, which host/c runs; machine code where wamrc is here; one line where something is missing. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { snn } from './snn.ts';

const TINY = 'models/mnist-tiny.snn';
const folder = mkdtempSync(join(tmpdir(), 'aot-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('--target c writes what a build needs, and says with what it compiles', (context) => {
  const out = join(folder, 'c');
  const { code, stdout, stderr } = snn([
    'aot',
    TINY,
    '--target',
    'c',
    '--elsewhere',
    '--unchecked',
    '-o',
    out,
  ]);
  if (stderr.startsWith('snn: install ') && !process.env.CI) context.skip(stderr);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(readdirSync(out).sort()).toEqual(['engine.c', 'engine.h', 'wasm-rt.h']);
  expect(readFileSync(join(out, 'engine.c'), 'utf8')).toContain('#include "access.h"');
  expect(stdout).toMatch(/-O2 -DWINDOW -DUNCHECKED; linear memory 40\d{3} bytes, the model outside of it\n$/);
});

test.each([
  'thumbv7em',
  'thumbv6m',
])('--target %s writes machine code, or says what wamrc needs', (target) => {
  const out = join(folder, `${target}.aot`);
  const { code, stdout, stderr } = snn(['aot', TINY, '--target', target, '-o', out]);
  if (code === 0) {
    expect(readFileSync(out).subarray(0, 4).toString('latin1')).toBe('\0aot');
    expect(stdout).toContain(`bytes for ${target}; linear memory `);
  } else {
    expect(stderr).toMatch(/^snn: install llvm-13-dev, cmake, g\+\+ and make\n$|WAMRC/);
    expect(existsSync(out)).toBe(false);
  }
}, 400_000);

test.each([
  [['--target', 'z80'], /'z80' is invalid.*thumbv7em, thumbv6m, riscv32, c/],
  [['--target', 'c', '--xip'], /--xip is for machine code/],
])('snn aot %j is refused', (flags, line) => {
  const { code, stderr } = snn(['aot', TINY, ...flags, '-o', join(folder, 'refused')]);
  expect(code).not.toBe(0);
  expect(stderr.trimEnd()).toMatch(line);
  expect(existsSync(join(folder, 'refused'))).toBe(false);
});
