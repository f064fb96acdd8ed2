/** Sources of the runtimes, which registries carry inside other packages; WAMR_ROOT and WASM3_ROOT name other ones. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE, Missing, run } from './program.mjs';

export const WAMR_CRATE = ['wamr-sys', '0.1.1'];
export const WASM3_CRATE = ['wasm3-sys', '0.3.0'];

/** Where WAMR is, and whether it is the crate's, of early 2021. */
export async function wamrRoot() {
  const chosen = process.env.WAMR_ROOT;
  if (!chosen) return { root: join(await crate(...WAMR_CRATE), 'wasm-micro-runtime'), old: true };
  if (!existsSync(join(chosen, 'core', 'iwasm')))
    throw new Missing(`WAMR_ROOT names ${chosen}, which has no core/iwasm`);
  return { root: chosen, old: false };
}

/** "2021" or what core/version.h says. */
export async function wamrVersion() {
  const { root, old } = await wamrRoot();
  if (old) return '2021';
  const header = readFileSync(join(root, 'core', 'version.h'), 'utf8');
  return ['MAJOR', 'MINOR', 'PATCH']
    .map((p) => new RegExp(`WAMR_VERSION_${p} (\\d+)`).exec(header)[1])
    .join('.');
}

/** The folder with wasm3.h. */
export async function wasm3Source() {
  const chosen = process.env.WASM3_ROOT;
  if (!chosen) return join(await crate(...WASM3_CRATE), 'wasm3', 'source');
  const found = [join(chosen, 'source'), chosen].find((folder) => existsSync(join(folder, 'wasm3.h')));
  if (found === undefined) throw new Missing(`WASM3_ROOT names ${chosen}, which has no source/wasm3.h`);
  return found;
}

/** wasm3 0.5.0, which pywasm3's source package carries. */
export async function pywasm3() {
  const folder = join(CACHE, 'pywasm3');
  const source = join(folder, 'pywasm3-0.5.0', 'wasm3');
  if (existsSync(source)) return source;
  const part = `${folder}-${process.pid}`;
  mkdirSync(part, { recursive: true });
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
  const sdist = ['--no-binary', ':all:', '--dest', part, 'pywasm3==0.5.0'];
  await run('python3', [...pip, ...sdist], { advice: 'python3 and python3-pip' });
  await run('tar', ['xzf', join(part, 'pywasm3-0.5.0.tar.gz'), '-C', part], { advice: 'tar' });
  // Another process may have been faster.
  if (!existsSync(source)) renameSync(part, folder);
  return source;
}

/** The source that a Rust crate carries, which cargo fetches into its own cache. */
async function crate(name, version) {
  const find = () => {
    const registry = join(
      process.env.CARGO_HOME ?? join(process.env.HOME ?? '', '.cargo'),
      'registry',
      'src',
    );
    if (!existsSync(registry)) return undefined;
    return readdirSync(registry)
      .map((index) => join(registry, index, `${name}-${version}`))
      .find(existsSync);
  };
  const present = find();
  if (present !== undefined) return present;
  const folder = join(CACHE, 'crates', name);
  mkdirSync(join(folder, 'src'), { recursive: true });
  const manifest = [
    '[package]',
    'name = "fetch"',
    'version = "0.0.0"',
    '[dependencies]',
    `${name} = "=${version}"`,
  ];
  writeFileSync(join(folder, 'Cargo.toml'), manifest.join('\n'));
  writeFileSync(join(folder, 'src', 'lib.rs'), '');
  await run('cargo', ['fetch', '--manifest-path', join(folder, 'Cargo.toml')], { advice: 'cargo' });
  return find() ?? Promise.reject(new Missing(`install crate ${name} ${version}`));
}

export function sourcesIn(folder) {
  return readdirSync(folder)
    .filter((f) => f.endsWith('.c'))
    .map((f) => join(folder, f));
}
