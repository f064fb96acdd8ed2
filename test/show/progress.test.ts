import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { progressBar } from '../../tools/show/progress.ts';

function terminal(isTTY: boolean): { stream: NodeJS.WriteStream; text(): string } {
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns: 100,
    cursorTo: () => true,
    clearLine: () => true,
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => String(stream.read() ?? '') };
}

test('a pipe stays silent', () => {
  const { stream, text } = terminal(false);
  const bar = progressBar(stream);
  bar.update('running', 1, 10);
  bar.stop();
  expect(text()).toBe('');
});

test('a terminal shows stage, count and time left', () => {
  const { stream, text } = terminal(true);
  const bar = progressBar(stream);
  bar.update('calibrating', 0, 10);
  bar.update('running', 5, 10);
  bar.stop();
  const shown = text();
  expect(shown).toContain('calibrating');
  expect(shown).toMatch(/running .* 50 % \| 5\/10 images \| .* left/);
});
