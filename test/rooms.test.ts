/** Which room may import from which, by reading the import lines. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOMS = ['assembly', 'bench', 'host', 'tools', 'test'];

/** Of every room and the files in it that have rules of their own: what an import may begin with. */
const RULES: [room: string, may: string[]][] = [
  ['assembly/shared/', []],
  ['assembly/', ['assembly/']],
  ['host/node', ['host/', 'assembly/shared/', 'node:']],
  ['bench/wasm/', ['bench/wasm/', 'assembly/']],
  ['bench/', ['bench/', 'tools/', 'host/', 'assembly/shared/', 'node:', 'package:']],
  ['host/', ['host/', 'assembly/shared/', '@assemblyscript/loader']],
  ['tools/', ['tools/', 'host/', 'assembly/shared/', 'node:', 'package:']],
];

interface Import {
  file: string;
  /** A path from the root, "node:…" or the name of a package. */
  from: string;
}

function filesIn(room: string): string[] {
  return readdirSync(room, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'));
}

function importsOf(file: string, source: string): Import[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found = code.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*(['"])([^'"\n]+)\1/g);
  return [...found].map(([, , from]) => ({
    file,
    from: from?.startsWith('.') ? normalize(join(dirname(file), from)).replaceAll('\\', '/') : `${from}`,
  }));
}

function allowed(found: Import): boolean {
  const rule = RULES.find(([room]) => found.file.startsWith(room));
  if (rule === undefined) return true;
  const isPackage = !/^(node:|assembly\/|bench\/|host\/|tools\/|test\/|\.\.)/.test(found.from);
  return rule[1].some((may) => (may === 'package:' ? isPackage : found.from.startsWith(may)));
}

const files = ROOMS.flatMap(filesIn);
const imports = files
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));

describe('rooms', () => {
  test('import only from the rooms they may see', () => {
    expect(imports.length).toBeGreaterThan(100);
    const wrong = imports.filter((found) => !allowed(found));
    expect(wrong.map(({ file, from }) => `${file} imports ${from}`)).toEqual([]);
  });

  test('name files after what is in them', () => {
    const vague = files.filter((file) => /(^|\/)(utils?|commons?|helpers?|misc)(\.|\/|$)/i.test(file));
    expect(vague).toEqual([]);
  });

  test.each([
    ['assembly/shared/format.ts', "import { A } from './status';"],
    ['assembly/network.ts', "import { A } from '../host/abi';"],
    ['assembly/network.ts', "import { A } from 'node:fs';"],
    ['host/network.ts', "import { readFile } from 'node:fs/promises';"],
    ['host/network.ts', "import { unpack } from '../tools/unpack.ts';"],
    ['tools/pack.ts', "const x = await import('../test/models/random.ts');"],
  ])('%s may not say %s', (file, source) => {
    expect(importsOf(file, source).map(allowed)).toEqual([false]);
  });
});
