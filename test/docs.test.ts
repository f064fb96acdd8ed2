/** The pages point at what is there: links, and files that are named in code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linksOf } from './links.ts';

const SKIPPED = new Set(['node_modules', 'dist', 'build']);

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? pagesIn(path) : entry.name.endsWith('.md') ? [path] : [];
  });
}

/** `tools/cli.ts`, `docs/` …: whatever looks like a path below one of our folders. */
function pathsIn(text: string): string[] {
  const found = text.matchAll(
    /`((?:assembly|bench|boards|docs|experiments|host|models|test|tools)\/[\w./-]*)`/g,
  );
  return [...found].map(([, path]) => path as string);
}

const pages = pagesIn('.').map((path) => normalize(path));

describe('every page', () => {
  test.each(pages)('%s links and names only what exists', (page) => {
    const text = readFileSync(page, 'utf8');
    expect(linksOf(page, text).filter((path) => !existsSync(path))).toEqual([]);
    expect(pathsIn(text).filter((path) => !existsSync(path))).toEqual([]);
  });
});

test('a dangling link is noticed', () => {
  expect(linksOf('docs/a.md', 'see [b](b.md), [c](../c/#d), [e](https://e.org), [f](#g)')).toEqual([
    normalize('docs/b.md'),
    normalize('c/'),
  ]);
  expect(pathsIn('`tools/cli.ts`, tools/x, `tools/{a,b}`, `npm run x`')).toEqual(['tools/cli.ts']);
});
