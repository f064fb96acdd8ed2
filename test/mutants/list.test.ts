import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Mutant {
  file: string;
  line: string;
  mutant: string;
}

test('every mutant changes a line that exists once', () => {
  const mutants: Mutant[] = JSON.parse(readFileSync('test/mutants/list.json', 'utf8'));
  expect(mutants.length).toBeGreaterThan(0);
  for (const { file, line, mutant } of mutants) {
    expect(readFileSync(file, 'utf8').split(line), `${file}: ${line}`).toHaveLength(2);
    expect(mutant).not.toBe(line);
  }
});
