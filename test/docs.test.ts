/** The pages point at what is there: links, and files that are named in code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const SKIPPED = new Set(['node_modules', 'dist', 'build']);

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? pagesIn(path) : entry.name.endsWith('.md') ? [path] : [];
  });
}

/** Targets inside the repository, as paths from its root. */
function linksOf(page: string, text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
  return targets
    .filter((target) => !/^(https?:|#)/.test(target))
    .map((target) => normalize(join(dirname(page), target.replace(/#.*$/, ''))));
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

  test('of the npm package has what it links to in the package too', () => {
    const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };
    const isPacked = (path: string): boolean =>
      files.some((f) => path === f || path.startsWith(`${f}/`) || (f.includes('*') && matches(path, f)));
    const packed = pages.filter((page) => page === 'README.md' || isPacked(page));
    expect(packed).toContain(normalize('docs/architecture.md'));
    const lost = packed.flatMap((page) =>
      linksOf(page, readFileSync(page, 'utf8'))
        .filter((path) => path !== 'README.md' && !isPacked(path))
        .map((path) => `${page}: ${path}`),
    );
    expect(lost).toEqual([]);
  });
});

test('a dangling link is noticed', () => {
  expect(linksOf('docs/a.md', 'see [b](b.md), [c](../c/#d), [e](https://e.org), [f](#g)')).toEqual([
    normalize('docs/b.md'),
    normalize('c/'),
  ]);
  expect(pathsIn('`tools/cli.ts`, tools/x, `tools/{a,b}`, `npm run x`')).toEqual(['tools/cli.ts']);
});

/** A pattern of package.json with one asterisk, which stands for a name. */
function matches(path: string, pattern: string): boolean {
  const [before = '', after = ''] = pattern.split('*');
  const name = path.slice(before.length, path.length - after.length);
  return path.startsWith(before) && path.endsWith(after) && !name.includes('/');
}
