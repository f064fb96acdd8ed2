/** Starts a program of boards/, which builds firmware: it needs a clone of the repository, and compilers. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import { Failure } from './failure.ts';

/** Prints what boards/<verb>.mjs prints of the job; its failure is ours. */
export function startFirmware(verb: string, job: object): void {
  const { root, args } = programOf(verb, job);
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Failure(status ?? EXIT_USAGE, stderr.trim());
  process.stdout.write(stdout);
}

/** boards/listen.mjs: an emulated board, its UART on stdin and stdout; it ends with its stdin. */
export function listenTo(job: object): ChildProcessWithoutNullStreams {
  const { root, args } = programOf('listen', job);
  return spawn(process.execPath, args, { cwd: root });
}

function programOf(verb: string, job: object): { root: string; args: string[] } {
  const root = dirname(createRequire(import.meta.url).resolve('snn.wasm/package.json'));
  const program = join(root, 'boards', `${verb}.mjs`);
  if (!existsSync(program))
    throw new Failure(EXIT_USAGE, `${verb} needs a clone of the repository: boards/ is not in the package`);
  return { root, args: [program, JSON.stringify(job)] };
}
