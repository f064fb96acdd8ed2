/**
 * `npm run fuzz [-- --minutes N] [--seed N] [--target NAME] [--executions N] [--json]`: hostile input for everything that reads
 * files, see targets.ts. A finding is told with its seed and kept in .cache/fuzz: exit code 2. `--target NAME --seed N
 * --executions 1` repeats one.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { load } from '../drivers/load.mjs';

const FOLDER = join('.cache', 'fuzz');

let values;
try {
  ({ values } = parseArgs({
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string', default: '1' },
      executions: { type: 'string' },
      target: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  }));
} catch (error) {
  end(error.message);
}
const number = (name) => {
  if (values[name] === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(values[name])) end(`--${name} ${values[name]}: give a whole number from 1 on`);
  return Number(values[name]);
};
const executions = number('executions');
const minutes = number('minutes') ?? (executions === undefined ? 1 : undefined);
const seed = number('seed');

const { TARGETS } = await load('./test/fuzz/targets.ts');
const { fuzz } = await load('./test/fuzz/fuzz.ts');
const targets = TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (targets.length === 0)
  end(`--target ${values.target}: give one of ${TARGETS.map(({ name }) => name).join(', ')}`);
const all = await fuzz(targets, { seed, seconds: minutes && minutes * 60, executions }, FOLDER);

if (values.json) console.log(JSON.stringify({ seed, targets: all }));
else
  for (const { target, executions, verdicts, absent } of all) {
    const words = Object.entries(verdicts).sort(([, a], [, b]) => b - a);
    const what = absent ?? (words.map(([verdict, n]) => `${n} ${verdict}`).join(', ') || 'nothing');
    console.log(`${target.padEnd(9)} ${String(executions).padStart(8)}: ${what}`);
  }
const findings = all.flatMap((f) => f.findings.map((found) => ({ target: f.target, ...found })));
for (const { target, seed, message, file } of findings)
  console.error(`fuzz: ${target}, seed ${seed}: ${message.split('\n')[0]} (${file})`);
if (!values.json) console.log(`${findings.length} findings`);
// Readers may have left a decoder behind.
process.exit(findings.length === 0 ? 0 : 2);

function end(message) {
  console.error(`fuzz: ${message}`);
  process.exit(1);
}
