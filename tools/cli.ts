#!/usr/bin/env node
/** The command `snn`: every verb is a file in commands/, loaded only when it is called. */
import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { EXIT_OK, EXIT_USAGE } from '../assembly/shared/status.ts';
import { ModelError } from '../host/messages.ts';
import { register as bundle } from './commands/bundle.ts';
import { register as convert } from './commands/convert.ts';
import { register as demo } from './commands/demo.ts';
import { register as evaluate } from './commands/eval.ts';
import { register as figures } from './commands/figures.ts';
import { register as golden } from './commands/golden.ts';
import { register as inspect } from './commands/inspect.ts';
import { register as run } from './commands/run.ts';
import { Failure } from './failure.ts';

const { version } = createRequire(import.meta.url)('snn.wasm/package.json') as { version: string };

const program = new Command('snn')
  .description('Spiking neural networks for integer-only WebAssembly: convert, inspect, run, bundle.')
  .version(version)
  .showHelpAfterError(false)
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'snn: ')) })
  .exitOverride();

for (const register of [convert, run, evaluate, inspect, bundle, demo, figures, golden]) register(program);
for (const command of program.commands) command.copyInheritedSettings(program);

// A reader that closes the pipe early, like head, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_OK);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** One line on stderr, and the exit code that belongs to it. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  if (process.env.SNN_DEBUG) console.error(error);
  else console.error(`snn: ${error instanceof Error ? error.message : String(error)}`);
  return error instanceof Failure || error instanceof ModelError ? error.code : EXIT_USAGE;
}
