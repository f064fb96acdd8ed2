/** One program of the command line from its arguments to its exit code: help, errors in one line, a closed pipe. */
import { Console } from 'node:console';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { EXIT_IO, EXIT_OK, EXIT_USAGE } from '../../assembly/shared/status.ts';
import { ModelError } from '../../host/messages.ts';
import { Failure } from './failure.ts';
import { printable, shown } from './printable.ts';
import { owesFile } from './write.ts';

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
  // Node's own console keeps silent about a full disk.
  globalThis.console = new Console({ stdout: process.stdout, stderr: process.stderr, ignoreErrors: false });
  console.log = (what: unknown) => void process.stdout.write(`${asText(what)}\n`);
  console.error = (what: unknown) => void process.stderr.write(`${asText(what)}\n`);
  // A reader that closes the pipe early, like head, is no error; a file that is to be written, or a failure, still is.
  let failed = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(explain(name, error));
    if (!failed && !owesFile()) process.exit(EXIT_OK);
    process.stdout.write = () => true;
  });
  try {
    const program = newProgram(name);
    await make(program);
    await program.parseAsync(process.argv);
  } catch (error) {
    failed = true;
    // What was printed may not have been written, as an event is about to tell: then that is the failure, and the only one.
    await setImmediate();
    process.exitCode = explain(name, error);
  }
}

function asText(what: unknown): string {
  return shown(typeof what === 'string' ? what : inspect(what));
}

/** Says on stderr what went wrong, in one line, and returns the exit code that belongs to it. */
function explain(name: string, error: unknown): number {
  // Commander has spoken already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  const message = error instanceof Error ? error.message : inspect(error);
  if (isUnwritten(error)) {
    process.stderr.write(
      `${name}: standard output: cannot be written (${error.code}); free some disk space\n`,
    );
    return EXIT_IO;
  }
  console.error(process.env.SNN_DEBUG ? error : `${name}: ${oneLine(message)}`);
  return error instanceof Failure || error instanceof ModelError ? error.code : EXIT_USAGE;
}

/** Of a write to a stream: errors of files were caught where they are named. */
function isUnwritten(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && ['ENOSPC', 'EIO', 'EFBIG'].includes(String(error.code));
}

function oneLine(text: string): string {
  return printable(text.trim().replace(/\s*\n\s*/g, ' '));
}
