import { expect, test } from 'vitest';
import { drawRow } from '../../tools/terminal/digit.ts';

const BAR = Uint8Array.of(0, 255, 0, 0, 255, 0, 0, 255, 0); // 3 × 3, a stroke in the middle

test('shades in a pipe, two rows of pixels per line', () => {
  const text = drawRow([{ width: 3, height: 3, pixels: BAR, caption: ['one'] }], false);
  expect(text.split('\n')).toEqual([' @ ', ' = ', 'one']);
});

test('half blocks of two greys in colour', () => {
  const text = drawRow([{ width: 1, height: 2, pixels: Uint8Array.of(0, 255), caption: [] }], true);
  expect(text).toBe('\x1b[38;5;232;48;5;255m▀\x1b[0m');
});

test('pictures of different sizes stand side by side over their captions', () => {
  const small = { width: 1, height: 1, pixels: Uint8Array.of(255), caption: ['step 1', '9 %'] };
  const big = { width: 2, height: 4, pixels: new Uint8Array(8).fill(255), caption: ['two'], right: true };
  const text = drawRow([small, big], false);
  expect(text.split('\n')).toEqual(['=       @@ ', '        @@ ', 'step 1  two', '9 %']);
});

test('wrong answers are marked, with colour only where it is wanted', () => {
  const wrong = { width: 1, height: 1, pixels: Uint8Array.of(0), caption: ['7', 'step 1'], right: false };
  expect(drawRow([wrong], false).split('\n').slice(1)).toEqual(['✗ 7', '  step 1']);
  expect(drawRow([wrong], true)).toContain('\x1b[31m✗ 7');
});
