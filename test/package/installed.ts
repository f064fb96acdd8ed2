/** The package as a stranger gets it: packed, and installed into an empty project. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mnistTest } from '../../tools/data/idx.ts';

export interface Project {
  folder: string;
  /** The package in it. */
  packed: string;
}

/** What a user's shell would not have of ours: npm hands its settings to what it starts. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

export function install(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  // Built already, and by prepack when it is published.
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const tarball = execFileSync('npm', pack, { encoding: 'utf8', env }).trim();
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  const offline = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', ...offline, join(folder, tarball)], { cwd: project, env });
  cpSync('test/package/app', project, { recursive: true });
  return { folder: project, packed: join(project, 'node_modules', 'snn.wasm') };
}

export function node(cwd: string, args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

/** Digits of MNIST as one file of RGBA pictures, `images.rgba`, and the pixels that they were made of. */
export async function writePictures(folder: string, count: number): Promise<Uint8Array[]> {
  const { images } = await mnistTest(count);
  const rgba = Uint8Array.from({ length: count * 784 * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : (images[i >> 2] as number),
  );
  writeFileSync(join(folder, 'images.rgba'), rgba);
  return Array.from({ length: count }, (_, i) => images.slice(i * 784, (i + 1) * 784));
}
