#!/usr/bin/env node
/** The command `snn`: every verb is a file in commands/, loaded only when it is called. */
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { EXIT_OK, EXIT_USAGE } from '../assembly/shared/status.ts';
import { ModelError } from '../host/messages.ts';
import { Failure } from './failure.ts';

/** In the order of `snn --help`. Each file exports `register(program: Command): void`. */
const VERBS: Record<string, () => Promise<{ register(program: Command): void }>> = {
  convert: () => import('./commands/convert.ts'),
  tune: () => import('./commands/tune.ts'),
  run: () => import('./commands/run.ts'),
  eval: () => import('./commands/eval.ts'),
  merge: () => import('./commands/merge.ts'),
  inspect: () => import('./commands/inspect.ts'),
  energy: () => import('./commands/energy.ts'),
  networks: () => import('./commands/networks.ts'),
  bundle: () => import('./commands/bundle.ts'),
  demo: () => import('./commands/demo.ts'),
  figures: () => import('./commands/figures.ts'),
  golden: () => import('./commands/golden.ts'),
};

// A reader that closes the pipe early, like head, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_OK);
  throw error;
});

try {
  await main(process.argv);
} catch (error) {
  process.exitCode = explain(error);
}

async function main(argv: string[]): Promise<void> {
  const { version } = createRequire(import.meta.url)('snn.wasm/package.json') as { version: string };
  const program = new Command('snn')
    .description('Spiking neural networks for integer-only WebAssembly: convert, inspect, run, bundle.')
    .version(version)
    .configureOutput({
      outputError: (text, write) => write(`${oneLine(text.replace(/^error: /, 'snn: '))}\n`),
    })
    .exitOverride();
  const verb = argv.slice(2).find((word) => Object.hasOwn(VERBS, word));
  // Help and misspelt verbs need all of them.
  for (const [name, load] of Object.entries(VERBS)) {
    if (verb === undefined || verb === name) (await load()).register(program);
  }
  await program.parseAsync(argv);
}

/** Says on stderr what went wrong, in one line, and returns the exit code that belongs to it. */
function explain(error: unknown): number {
  // Commander has spoken already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  const message = error instanceof Error ? error.message : inspect(error);
  console.error(process.env.SNN_DEBUG ? error : `snn: ${oneLine(message)}`);
  return error instanceof Failure || error instanceof ModelError ? error.code : EXIT_USAGE;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
