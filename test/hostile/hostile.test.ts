/** Every hostile file, by the command: refused in one line that names it, by the exit code of its kind, in little time and memory, and nothing is left. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { costOf, MOST_MEGABYTES, MOST_SECONDS } from './cost.ts';
import { HOSTILE } from './files.ts';

const DATA = /\.(png|gz|npz|idx|json)$|^merge$/;

describe.each(HOSTILE)('$name', (hostile) => {
  test('costs little until it is refused', () => {
    const { cpuSeconds, megabytes, code, stderr, left } = costOf(hostile);
    expect(stderr).toMatch(/^snn: [^\n]+\n$/);
    expect(stderr).toContain(`snn: ${hostile.file}: `);
    expect({ code, left }).toEqual({ code: DATA.test(hostile.file) ? 3 : 2, left: [] });
    // Of processors: other tests run beside this one.
    expect(cpuSeconds).toBeLessThan(MOST_SECONDS);
    expect(megabytes).toBeLessThan(MOST_MEGABYTES);
  });
});

test('docs/safety.md tells of each what it costs', () => {
  const page = readFileSync('docs/safety.md', 'utf8');
  const told = [...page.matchAll(/^\| ([^|]+) \| \d+ \| \d+\.\d \| \d+ \| [23] \|$/gm)].map(
    ([, name]) => name,
  );
  expect(told).toEqual(HOSTILE.map(({ name }) => name));
});

test('what costs more would be seen', () => {
  const fine = { name: 'fine', files: {}, args: ['run', 'mnist.snn', 'images.idx'], file: 'images.idx' };
  const { cpuSeconds, megabytes, code } = costOf(fine);
  expect(code).toBe(3);
  expect(cpuSeconds).toBeGreaterThan(0.05);
  expect(megabytes).toBeGreaterThan(30);
});
