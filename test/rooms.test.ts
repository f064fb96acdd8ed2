/** Which room may import from which, by reading the import lines; and that nothing imports in a circle. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOTS = ['assembly', 'bench', 'boards', 'experiments', 'host', 'site', 'test', 'tools'].filter(
  existsSync,
);

/**
 * The rooms of tools, from the floor up: a room may import from the lines above its own, not from those below nor from
 * its own line. tools/run is low because tuning, converting and evaluating all run the engine over images.
 */
const TOOLS = [
  ['tools/network.ts', 'tools/limits.ts'],
  ['tools/model.ts', 'tools/terminal/', 'tools/run/'],
  ['tools/import/', 'tools/file/', 'tools/data/'],
  ['tools/reference/'],
  ['tools/cost/', 'tools/serial/', 'tools/tune/'],
  ['tools/convert/', 'tools/eval/'],
  ['tools/commands/'],
  ['tools/cli.ts'],
];

const ENGINE = 'assembly/shared/';

/**
 * What the files of a room may import: how the path begins, `node:`, or `package:` for any of npm. The first line that
 * a file's path begins with is its room's; every room may import from itself.
 */
const RULES: [room: string, may: string[]][] = [
  [ENGINE, []],
  // A transform of the compiler: it runs in Node, not in the engine.
  ['assembly/wasi/ascii.mjs', ['package:']],
  ['assembly/', []],
  // A browser has no node: modules.
  ['host/node', ['build/embedded.ts', 'host/', ENGINE, 'node:']],
  ['host/c/', []],
  // What setup.mjs runs: they compile the host.
  ['host/embed.mjs', ['node:', 'package:']],
  ['host/commonjs.mjs', ['node:', 'package:']],
  // host/embed.mjs writes engines and workers there.
  ['host/', ['build/embedded.ts', ENGINE]],
  ...TOOLS.flatMap((line, l) =>
    line.map((room): [string, string[]] => {
      return [room, [...TOOLS.slice(0, l).flat(), 'host/', ENGINE, 'node:', 'package:']];
    }),
  ),
  ['boards/build/', ['node:']],
  // RAM is measured with real networks: the tool puts engine and model in one module.
  ['boards/measure.mjs', ['boards/', 'dist/tools/file/', 'node:']],
  // What a board has to answer is what Node answers: host and tools, as setup.mjs has compiled them.
  ['boards/cases.mjs', ['boards/', 'dist/host/', 'dist/tools/', 'node:']],
  ['boards/aot.mjs', ['boards/', 'dist/tools/file/', 'dist/tools/terminal/', 'node:']],
  ['boards/flash.mjs', ['boards/', 'dist/host/', 'dist/tools/', 'node:']],
  ['boards/run.mjs', ['boards/', 'dist/tools/terminal/', 'node:']],
  // An emulator from npm.
  ['boards/rp2040/emulate.mjs', ['boards/', 'node:', 'package:']],
  ['boards/', ['host/c/', 'node:']],
  ['bench/wasm/', ['assembly/']],
  // Plain JavaScript on what setup.mjs has compiled.
  [
    'bench/mcu/',
    ['boards/', 'dist/bench/', 'dist/tools/', 'dist/host/', `dist/${ENGINE}`, 'node:', 'package:'],
  ],
  ['bench/', ['boards/', 'tools/', 'host/', ENGINE, 'node:', 'package:']],
  ['experiments/', ['tools/', 'host/', ENGINE, 'node:', 'package:']],
  ['site/', ['host/']],
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

function ruleOf(file: string): [room: string, may: string[]] | undefined {
  return RULES.find(([room]) => file.startsWith(room));
}

function allowed({ file, from }: Import): boolean {
  const rule = ruleOf(file);
  if (rule === undefined) return file.startsWith('test/');
  const [room, may] = rule;
  const isPackage =
    !from.startsWith('node:') && !/^(\.\.|dist\/)/.test(from) && !ROOTS.includes(`${from.split('/')[0]}`);
  return [room, ...may].some((m) => (m === 'package:' ? isPackage : from.startsWith(m)));
}

type Graph = Map<string, Set<string>>;

/** Who imports whom; AssemblyScript leaves the ending out. */
function graphOf(imports: Import[], name: (path: string) => string): Graph {
  const graph: Graph = new Map();
  for (const { file, from } of imports) {
    const to = name(from.includes('.ts') || from.includes('.mjs') ? from : `${from}.ts`);
    const known = graph.get(name(file)) ?? new Set();
    if (to !== name(file)) known.add(to);
    graph.set(name(file), known);
  }
  return graph;
}

/** The first circle, as its members with arrows between them; undefined if there is none. */
function circle(graph: Graph): string | undefined {
  const done = new Set<string>();
  const visit = (at: string, path: string[]): string | undefined => {
    const start = path.indexOf(at);
    if (start >= 0) return [...path.slice(start), at].join(' → ');
    if (done.has(at)) return undefined;
    for (const next of graph.get(at) ?? []) {
      const found = visit(next, [...path, at]);
      if (found !== undefined) return found;
    }
    done.add(at);
    return undefined;
  };
  for (const start of graph.keys()) {
    const found = visit(start, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The room of a file in the order of tools, its folder elsewhere. */
function roomOf(path: string): string {
  // The command's first file stands beside its folder.
  if (path === 'assembly/wasi.ts') return 'assembly/wasi';
  return TOOLS.flat().find((room) => path.startsWith(room)) ?? dirname(path);
}

const files = ROOTS.flatMap(filesIn);
const imports = files
  .filter((file) => /\.(ts|mjs)$/.test(file))
  .flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));
const ours = imports.filter(({ file }) => !file.startsWith('test/'));

describe('rooms', () => {
  test('import only from the rooms they may see', () => {
    expect(imports.length).toBeGreaterThan(100);
    const wrong = imports.filter((found) => !allowed(found));
    expect(wrong.map(({ file, from }) => `${file} imports ${from}`)).toEqual([]);
  });

  test('have a rule each, and tools no loose files but the command and its two nouns', () => {
    const without = files.filter((f) => /\.ts$/.test(f) && !f.startsWith('test/') && ruleOf(f) === undefined);
    expect(without).toEqual([]);
    const loose = readdirSync('tools').filter((name) => name.includes('.'));
    expect(loose.sort()).toEqual(['cli.ts', 'limits.ts', 'model.ts', 'network.ts']);
  });

  test('import in no circle, file by file and room by room', () => {
    expect(circle(graphOf(ours, (path) => path))).toBeUndefined();
    expect(circle(graphOf(ours, roomOf))).toBeUndefined();
  });

  test('name files after what is in them', () => {
    const vague = files.filter((file) => /(^|\/)(utils?|commons?|helpers?|misc)(\.|\/|$)/i.test(file));
    expect(vague).toEqual([]);
  });
});

describe('the rules notice it:', () => {
  test.each([
    ['assembly/shared/format.ts', "import { A } from '../status';"],
    ['assembly/network.ts', "import { A } from '../host/abi';"],
    ['assembly/network.ts', "import { A } from 'node:fs';"],
    ['host/network.ts', "import { readFile } from 'node:fs/promises';"],
    ['host/network.ts', "import { unpack } from '../tools/file/unpack.ts';"],
    ['tools/file/pack.ts', "const x = await import('../../test/models/random.ts');"],
    ['tools/file/pack.ts', "import { makeGoldens } from '../../experiments/golden.ts';"],
    ['tools/terminal/write.ts', "import { pack } from '../file/pack.ts';"],
    ['tools/network.ts', "import type { Model } from './model.ts';"],
    ['tools/file/pack.ts', "import { readDataset } from '../data/idx.ts';"],
    ['tools/reference/float.ts', "import type { LayerPlan } from '../convert/quantize.ts';"],
    ['tools/tune/stop.ts', "import { energyPj } from '../cost/energy.ts';"],
    ['tools/eval/rows.ts', "import { build } from '../convert/build.ts';"],
    ['tools/convert/convert.ts', "import { register } from '../commands/convert.ts';"],
    ['bench/trials.ts', "import { figures } from '../experiments/promise/splits.ts';"],
    ['experiments/promise/splits.ts', "import { compare } from '../../bench/compare.ts';"],
    ['site/main.ts', "import { pack } from '../tools/file/pack.ts';"],
    ['boards/build/gcc.mjs', "import { pack } from '../../dist/tools/file/pack.js';"],
    ['boards/build/gcc.mjs', "import { run } from '../firmware.mjs';"],
    ['boards/firmware.mjs', "import { bundleCore } from '../dist/tools/file/bundle.js';"],
  ])('%s may not say %s', (file, source) => {
    expect(importsOf(file, source).map(allowed)).toEqual([false]);
  });

  test.each([
    ['host/node-worker.ts', "import { answer } from './batch.ts';"],
    ['tools/file/pack.ts', "import type { Model } from '../model.ts';"],
    ['tools/eval/rows.ts', "import { energyPj } from '../cost/energy.ts';"],
    ['tools/commands/bundle.ts', "import { bundle } from '../file/bundle.ts';"],
    ['tools/terminal/table.ts', "import Table from 'cli-table3';"],
    ['boards/build/gcc.mjs', "import { spawn } from 'node:child_process';"],
  ])('%s may say %s', (file, source) => {
    expect(importsOf(file, source).map(allowed)).toEqual([true]);
  });

  test('a circle is found and named, through types and without endings', () => {
    const found = [
      ...importsOf('assembly/a.ts', "import { b } from './b';"),
      ...importsOf('assembly/b.ts', "import { c } from './shared/c';"),
      ...importsOf('assembly/shared/c.ts', "import type { A } from '../a';"),
    ];
    expect(circle(graphOf(found, (path) => path))).toBe(
      'assembly/a.ts → assembly/b.ts → assembly/shared/c.ts → assembly/a.ts',
    );
    expect(circle(graphOf(found, roomOf))).toBe('assembly → assembly/shared → assembly');
    expect(circle(graphOf(found.slice(0, 2), roomOf))).toBeUndefined();
  });
});
