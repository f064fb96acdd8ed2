import { PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { progressBar, timeInWords } from '../../tools/terminal/progress.ts';

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

test('the time left is that of the images so far, once there are some', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(5000);
  const { stream, text } = terminal(true);
  const bar = progressBar(stream);
  bar.update('running', 0, 10);
  bar.update('running', 1, 10);
  expect(text()).toMatch(/0\/10 images \| \? left/);
  clock.mockReturnValue(85_000);
  bar.update('running', 5, 10);
  bar.stop();
  clock.mockRestore();
  // Four images in 80 s, five to go.
  expect(text()).toMatch(/5\/10 images \| 1 min 40 s left/);
});

test.each([
  [0.2, '1 s'],
  [59, '59 s'],
  [59.5, '1 min 00 s'],
  [200, '3 min 20 s'],
  [7500, '2 h 05 min'],
])('%d seconds are %s', (seconds, words) => {
  expect(timeInWords(seconds)).toBe(words);
});

test('a bar that has stopped leaves the signals alone', () => {
  const before = process.listenerCount('SIGINT');
  const bar = progressBar(terminal(true).stream);
  bar.update('one', 1, 10);
  bar.update('two', 1, 10);
  expect(process.listenerCount('SIGINT')).toBe(before + 1);
  bar.stop();
  expect(process.listenerCount('SIGINT')).toBe(before);
});
