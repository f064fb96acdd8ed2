/** One program of the command line from its arguments to its exit code: help, errors in one line, a closed pipe. */
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { EXIT_OK, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { ModelError } from '../../host/messages.ts';
import { Failure } from './failure.ts';

function newProgram(name: string): Command {
  return new Command(name)
    .configureOutput({
      outputError: (text, write) => write(`${oneLine(text.replace(/^error: /, `${name}: `))}\n`),
    })
    .exitOverride();
}

/** Runs the program that `make` returns, and sets the exit code of the process. */
export async function runProgram(
  name: string,
  make: (program: Command) => void | Promise<void>,
): Promise<void> {
  // A reader that closes the pipe early, like head, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT_OK);
    throw error;
  });
  try {
    const program = newProgram(name);
    await make(program);
    await program.parseAsync(process.argv);
  } catch (error) {
    process.exitCode = explain(name, error);
  }
}

/** Says on stderr what went wrong, in one line, and returns the exit code that belongs to it. */
function explain(name: string, error: unknown): number {
  // Commander has spoken already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  const message = error instanceof Error ? error.message : inspect(error);
  console.error(process.env.SNN_DEBUG ? error : `${name}: ${oneLine(message)}`);
  return error instanceof Failure || error instanceof ModelError ? error.code : EXIT_USAGE;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
