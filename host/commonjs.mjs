// Writes the Node host as one CommonJS file with its types, for require(): node host/commonjs.mjs dist/host
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const [folder] = process.argv.slice(2);
buildSync({
  entryPoints: ['host/node.ts'],
  outfile: join(folder, 'node.cjs'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
});
// A .d.ts of this package describes ES modules; compilers want those of CommonJS under a name of their own.
for (const name of readdirSync(folder).filter((file) => file.endsWith('.d.ts'))) {
  const types = readFileSync(join(folder, name), 'utf8').replace(/(from '\.\/[\w-]+)\.ts'/g, "$1.cjs'");
  writeFileSync(join(folder, name.replace(/\.ts$/, '.cts')), types);
}
