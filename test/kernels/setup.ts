/** Once before all tests: the kernels in modules of their own, unless they are as the sources are. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const FOLDER = join('.cache', 'kernels');
const SOURCES = join('test', 'kernels', 'wasm');
const BUILDS = [
  ['lanes', 'snn-core'],
  ['simd', 'snn-core-simd'],
] as const;

export default async function setup(): Promise<void> {
  const digest = digestOf(['asconfig.json', 'package-lock.json', ...['assembly', SOURCES].flatMap(filesIn)]);
  const stamp = join(FOLDER, 'stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  mkdirSync(FOLDER, { recursive: true });
  await Promise.all(BUILDS.map(([name, target]) => compile(name, target)));
  writeFileSync(stamp, digest);
}

function digestOf(files: string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((e) => e.isFile())
    .map((e) => join(e.parentPath, e.name))
    .sort();
}

async function compile(name: string, target: string): Promise<void> {
  const asc = join('node_modules', 'assemblyscript', 'bin', 'asc.js');
  // Another run of the tests never sees half a module.
  const file = join(FOLDER, `${name}-${process.pid}.wasm`);
  const args = [asc, join(SOURCES, `${name}.ts`), '--target', target, '--outFile', file];
  await promisify(execFile)(process.execPath, args);
  renameSync(file, join(FOLDER, `${name}.wasm`));
}
