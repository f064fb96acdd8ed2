// Writes build/embedded.ts: engines and workers as text, so that the host needs no file of its own at run time and
// bundlers, which follow imports only, take them along. setup.mjs runs it once the engines are built.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { buildSync } from 'esbuild';

const OUT = 'build/embedded.ts';

const base64 = (name) => JSON.stringify(readFileSync(`build/${name}.wasm`).toString('base64'));
const script = (entry, platform, format) => {
  const options = { platform, format, bundle: true, minify: true, target: 'es2022', write: false };
  return JSON.stringify(buildSync({ ...options, entryPoints: [`host/${entry}.ts`] }).outputFiles[0].text);
};

const text = `// By host/embed.mjs.
/** Base64. */
export const CORE: string = ${base64('snn-core')};
/** Base64. */
export const CORE_SIMD: string = ${base64('snn-core-simd')};
/** host/node-worker.ts and all that it imports, a CommonJS script. */
export const NODE_WORKER: string = ${script('node-worker', 'node', 'cjs')};
/** host/web-worker.ts and all that it imports, a classic script. */
export const WEB_WORKER: string = ${script('web-worker', 'browser', 'iife')};
`;
writeFileSync(`${OUT}.part`, text);
renameSync(`${OUT}.part`, OUT);
