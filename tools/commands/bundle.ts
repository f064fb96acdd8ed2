/** snn bundle: engine and model in one module, for WASI or, with --core, for devices. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import { readModel } from '../file/read.ts';
import { Failure } from '../terminal/failure.ts';
import { checkWritable, writeWhole } from '../terminal/write.ts';

interface Flags {
  out: string;
  mvp?: boolean;
  core?: boolean;
  apart?: boolean;
  elsewhere?: boolean;
}

export function register(program: Command): void {
  program
    .command('bundle')
    .description('make one self-contained module: wasmtime digits.wasm < digit.pgm')
    .argument('<model>', 'a .snn file')
    .requiredOption('-o, --out <file>', 'the .wasm file to write')
    .option('--mvp', 'without SIMD, for runtimes that lack it')
    .option('--core', 'for devices: no WASI, no SIMD, memory of the very size, places as exported constants')
    .option('--apart', 'with --core: room for the model, which the host copies there')
    .option('--elsewhere', 'with --core: no room for the model, which the host reads where it lies')
    .action(async (file: string, flags: Flags) => {
      if (flags.apart && !flags.core) throw new Failure(EXIT_USAGE, '--apart needs --core');
      if (flags.elsewhere && !flags.core) throw new Failure(EXIT_USAGE, '--elsewhere needs --core');
      if (flags.elsewhere && flags.apart)
        throw new Failure(EXIT_USAGE, '--elsewhere and --apart exclude each other; give one');
      await checkWritable(flags.out);
      const { bytes } = await readModel(file);
      if (flags.core) return writeCore(flags, bytes);
      const engine = createRequire(import.meta.url).resolve(`#build/${flags.mvp ? 'snn-mvp' : 'snn'}.wasm`);
      const { bundle } = await import('../file/bundle.ts');
      const module = bundle(new Uint8Array(await readFile(engine)), bytes);
      await writeWhole(flags.out, module);
      console.log(`${flags.out}: ${module.length} bytes, of them ${bytes.length} model`);
    });
}

async function writeCore({ out, apart, elsewhere }: Flags, model: Uint8Array): Promise<void> {
  const engine = createRequire(import.meta.url).resolve('#build/snn-core.wasm');
  const { bundleCore } = await import('../file/bundle.ts');
  const place = apart ? 'apart' : elsewhere ? 'elsewhere' : 'inside';
  const { module, layout, pages } = await bundleCore(new Uint8Array(await readFile(engine)), model, place);
  await writeWhole(out, module);
  const { model: at, net, image, end } = layout;
  console.log(
    `${out}: ${module.length} bytes${place === 'inside' ? `, of them ${model.length} model` : ''}; ` +
      `linear memory ${end} bytes, ${pages} pages: ` +
      `${elsewhere ? '' : `model at ${at}, `}arena at ${net}, image at ${image}`,
  );
}
