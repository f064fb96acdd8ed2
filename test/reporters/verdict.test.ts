/** The reporter at work: vitest runs a small project of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';

// Inside the repository, so that the project finds vitest.
const folder = mkdtempSync(resolve('.cache', 'verdict-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, 'vitest.config.ts'),
  `import { Verdict } from ${JSON.stringify(resolve('test/reporters/verdict.ts'))};
export default { test: { include: ['*.case.ts'], reporters: [new Verdict()] } };`,
);

function verdict(source: string, ci: boolean): { code: number | null; lines: string[] } {
  writeFileSync(join(folder, 'a.case.ts'), `import { expect, test } from 'vitest';\n${source}`);
  const run = spawnSync(
    process.execPath,
    [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', folder],
    {
      env: { ...process.env, CI: ci ? 'true' : '', NO_COLOR: '1' },
      encoding: 'utf8',
    },
  );
  return { code: run.status, lines: run.stdout.trimEnd().split('\n') };
}

const RIGHT = "test('right', () => {});";

test.each([
  ['all is well', RIGHT, 0, '1 passed, 0 failed'],
  ['a test fails', `${RIGHT} test('wrong', () => expect(1).toBe(2));`, 1, '1 passed, 1 failed'],
  ['a file cannot be loaded', `${RIGHT} throw new Error('no');`, 1, '0 passed, 1 failed'],
  ['a test is skipped in CI', `${RIGHT} test.skip('later', () => {});`, 1, '1 passed, 1 failed'],
  ['a test is to be written in CI', `${RIGHT} test.todo('later');`, 1, '1 passed, 1 failed'],
])('ends with one line when %s', (_, source, code, line) => {
  const result = verdict(source, true);
  expect(result.code).toBe(code);
  expect(result.lines.at(-1)).toBe(line);
});

test('a developer may skip', () => {
  expect(verdict(`${RIGHT} test.skip('later', () => {});`, false)).toMatchObject({ code: 0 });
});
