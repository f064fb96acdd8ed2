/** Bytes that each module may take at most: budget.json. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { expect, test } from 'vitest';

const budget = JSON.parse(await readFile('budget.json', 'utf8')) as Record<string, number>;

test.each(Object.entries(budget))('%s takes at most %i bytes', async (file, limit) => {
  const { size } = await stat(`build/${file}`);
  expect(size).toBeLessThanOrEqual(limit);
});

test('every module has a budget', async () => {
  const built = (await readdir('build')).filter((file) => /^snn.*\.wasm$/.test(file));
  expect(built.sort()).toEqual(Object.keys(budget).sort());
});

test.each(Object.keys(budget))('README tells the size of %s', async (file) => {
  const { size } = await stat(`build/${file}`);
  const readme = await readFile('README.md', 'utf8');
  const row = readme.split('\n').find((line) => line.startsWith(`| \`build/${file}\` |`));
  expect(row?.split('|').at(-2)?.trim()).toBe(String(size));
});
