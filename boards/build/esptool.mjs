/** Espressif's esptool of PyPI: images that their boot loader starts. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, run } from './program.mjs';

const VERSION = '4.8.1';
const PROGRAM = 'import sys; sys.path.insert(0, sys.argv.pop(1)); import esptool; esptool._main()';

/** Output of esptool, fetched once. */
export async function esptool(args) {
  const folder = join(CACHE, `esptool-${VERSION}`);
  if (!existsSync(folder)) {
    const part = `${folder}-${process.pid}`;
    mkdirSync(part, { recursive: true });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', part];
    await run('python3', [...pip, `esptool==${VERSION}`], { advice: 'python3 and python3-pip' });
    // Another process may have been faster.
    if (!existsSync(folder)) renameSync(part, folder);
  }
  const { stdout } = await run('python3', ['-c', PROGRAM, folder, ...args], { advice: 'python3' });
  return stdout;
}
