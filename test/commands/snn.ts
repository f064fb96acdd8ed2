/** Runs the built command line. */
import { spawnSync } from 'node:child_process';

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

export function snn(args: string[], env: NodeJS.ProcessEnv = {}): Result {
  const run = spawnSync(process.execPath, ['dist/tools/cli.js', ...args], {
    env: { ...process.env, SNN_DEBUG: '', ...env },
    maxBuffer: 1 << 28,
  });
  if (run.error) throw run.error;
  return { code: run.status, stdout: run.stdout.toString(), stderr: run.stderr.toString() };
}
