/** From nothing to the first answer: engine compiled, model checked, one image classified, in a new process. */
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { type Timing, timing } from './rounds.ts';

/** Milliseconds from the call of load() to the first answer. */
export type Start = Timing;

const MODEL = 'models/mnist.snn';

export function start(rounds: number): Promise<Start> {
  const host = pathToFileURL('dist/host/node.js').href;
  const program = `
    import { load } from '${host}';
    const start = performance.now();
    const network = await load('${MODEL}');
    network.classify(new Uint8Array(784).fill(100));
    console.log(performance.now() - start);`;
  const ms = Array.from({ length: 4 * rounds }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', program])),
  );
  return Promise.resolve(timing(ms));
}
