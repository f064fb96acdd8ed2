/** Weights beside an .onnx file come from its folder, wherever links lead, and from files. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { externalReader } from '../../tools/import/onnx/external.ts';

const folder = mkdtempSync(join(tmpdir(), 'external-'));
afterAll(() => rmSync(folder, { recursive: true }));
const inside = join(folder, 'net');
mkdirSync(join(inside, 'data'), { recursive: true });
writeFileSync(join(folder, 'secret'), 'secret');
writeFileSync(join(inside, 'data', 'weights'), 'weights');
symlinkSync(join(folder, 'secret'), join(inside, 'link'));
symlinkSync(folder, join(inside, 'up'));
symlinkSync(join('data', 'weights'), join(inside, 'good-link'));
symlinkSync('/dev/zero', join(inside, 'endless'));
const read = externalReader(join(inside, 'net.onnx'));

test.each(['data/weights', './data/weights', 'good-link'])('%s is read', (location) => {
  expect(new TextDecoder().decode(read(location))).toBe('weights');
});

test.each([
  'link',
  'up/secret',
  '../secret',
  'data/../../secret',
  join(folder, 'secret'),
  'endless',
  'data',
  '',
  'nowhere',
])('"%s" is refused in one line', (location) => {
  expect(() => read(location)).toThrow(
    expect.objectContaining({ code: 2, message: expect.stringMatching(/net\.onnx: weights in .+; .+$/) }),
  );
});
