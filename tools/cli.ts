#!/usr/bin/env node
/** The command `snn`: every verb is a file in commands/, loaded only when it is called. */
import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { needPartsOf } from './terminal/parts.ts';
import { runProgram } from './terminal/program.ts';

/** In the order of `snn --help`. Each file exports `register(program: Command): void`. */
const VERBS: Record<string, () => Promise<{ register(program: Command): void }>> = {
  check: () => import('./commands/check.ts'),
  convert: () => import('./commands/convert.ts'),
  tune: () => import('./commands/tune.ts'),
  run: () => import('./commands/run.ts'),
  eval: () => import('./commands/eval.ts'),
  merge: () => import('./commands/merge.ts'),
  inspect: () => import('./commands/inspect.ts'),
  energy: () => import('./commands/energy.ts'),
  bundle: () => import('./commands/bundle.ts'),
  aot: () => import('./commands/aot.ts'),
  flash: () => import('./commands/flash.ts'),
  send: () => import('./commands/send.ts'),
  export: () => import('./commands/export.ts'),
  demo: () => import('./commands/demo.ts'),
};

await runProgram('snn', async (program) => {
  const { version } = createRequire(import.meta.url)('snn.wasm/package.json') as { version: string };
  program
    .description('Spiking neural networks for integer-only WebAssembly: convert, inspect, run, bundle.')
    .version(version)
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 usage, 2 bad network or model, 3 bad images or results, 4 output cannot be written, 130 interrupted.',
    )
    .hook('preAction', (_, verb) => needPartsOf(verb.name()));
  const verb = process.argv.slice(2).find((word) => Object.hasOwn(VERBS, word));
  // Help and misspelt verbs need all of them.
  for (const [name, load] of Object.entries(VERBS)) {
    if (verb === undefined || verb === name) (await load()).register(program);
  }
});
