/** snn bundle: engine and model in one WASI module. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { load } from '../../host/node.ts';
import { readModel } from '../file/read.ts';
import { writeWhole } from '../terminal/write.ts';

export function register(program: Command): void {
  program
    .command('bundle')
    .description('make one self-contained module: wasmtime digits.wasm < digit.pgm')
    .argument('<model>', 'a .snn file')
    .requiredOption('-o, --out <file>', 'the .wasm file to write')
    .option('--mvp', 'without SIMD, for runtimes that lack it')
    .action(async (file: string, flags: { out: string; mvp?: boolean }) => {
      const { bytes } = await readModel(file);
      // The engine's own checks are stricter than the reader's.
      await load(bytes);
      const engine = createRequire(import.meta.url).resolve(`#build/${flags.mvp ? 'snn-mvp' : 'snn'}.wasm`);
      const { bundle } = await import('../file/bundle.ts');
      const module = bundle(new Uint8Array(await readFile(engine)), bytes);
      await writeWhole(flags.out, module);
      console.log(`${flags.out}: ${module.length} bytes, of them ${bytes.length} model`);
    });
}
