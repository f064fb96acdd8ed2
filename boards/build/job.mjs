/** Programs that a verb of snn starts with one JSON object: what goes wrong is a line, and the code is not 0. */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

export async function doJob(work) {
  // Exits through 'exit', which removes what was built for this run.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
  try {
    await work(JSON.parse(process.argv[2]));
  } catch (error) {
    process.stderr.write(`${process.env.SNN_DEBUG ? error.stack : error.message}\n`);
    // Those of the tools have one; Node's own are words.
    process.exit(Number.isInteger(error.code) ? error.code : 1);
  }
}

/** `fill` writes into a folder that gets its name when it is whole, and goes where it does not become so. */
export async function writeFolder(folder, fill) {
  mkdirSync(dirname(folder), { recursive: true });
  const part = mkdtempSync(`${folder}-`);
  try {
    await fill(part);
    renameSync(part, folder);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw error;
  }
}

export function say(line) {
  process.stdout.write(`${line}\n`);
}
