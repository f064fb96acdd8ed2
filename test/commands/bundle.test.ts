import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { EXIT_MODEL, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { snn } from './snn.ts';

const MODEL = 'models/mnist.snn';
const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([[[]], [['--mvp']]])('snn bundle %j writes one module and says how large it is', (flags) => {
  const path = join(folder, 'digits.wasm');
  const { code, stdout } = snn(['bundle', MODEL, '-o', path, ...flags]);
  const bytes = readFileSync(path);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `${path}: ${bytes.length} bytes, of them ${readFileSync(MODEL).length} model\n`,
  });
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect(readdirSync(folder)).toEqual(['digits.wasm']);
});

test('a bad model leaves no file', () => {
  const path = join(folder, 'bad.wasm');
  expect(snn(['bundle', 'package.json', '-o', path]).code).toBe(EXIT_MODEL);
  expect(readdirSync(folder)).not.toContain('bad.wasm');
});

test.each([
  [[]],
  [['--apart']],
  [['--elsewhere']],
])('snn bundle --core %j says where everything lies', (flags) => {
  const path = join(folder, 'device.wasm');
  const { code, stdout } = snn(['bundle', MODEL, '--core', '-o', path, ...flags]);
  const bytes = readFileSync(path);
  const model = flags.length === 0 ? `, of them ${readFileSync(MODEL).length} model` : '';
  expect(code).toBe(0);
  expect(stdout).toMatch(
    new RegExp(
      `^${path}: ${bytes.length} bytes${model}; linear memory \\d+ bytes, ${flags[0] === '--elsewhere' ? '3 pages: ' : '4 pages: model at \\d+, '}arena`,
    ),
  );
  expect(WebAssembly.validate(bytes)).toBe(true);
});

test('--elsewhere is for --core alone, and without --apart', () => {
  const out = ['-o', join(folder, 'x.wasm')];
  for (const flags of [['--elsewhere'], ['--core', '--apart', '--elsewhere']])
    expect(snn(['bundle', MODEL, ...flags, ...out]).code).toBe(EXIT_USAGE);
});

test('--apart is for --core alone', () => {
  expect(snn(['bundle', MODEL, '--apart', '-o', join(folder, 'x.wasm')])).toMatchObject({
    code: EXIT_USAGE,
    stderr: expect.stringContaining('--apart needs --core'),
  });
});
