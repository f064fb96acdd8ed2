/** `npm run hostile [-- --json]`: what each hostile file costs until its refusal. Exit code 2 where one costs too much or is not refused. */
import { parseArgs } from 'node:util';
import { load } from '../drivers/load.mjs';

const { json } = parseArgs({ options: { json: { type: 'boolean', default: false } } }).values;
const { HOSTILE } = await load('./test/hostile/files.ts');
const { costOf, MOST_MEGABYTES, MOST_SECONDS } = await load('./test/hostile/cost.ts');

const all = [];
if (!json) console.log('| file | bytes | seconds | MB | code |\n|---|---|---|---|---|');
for (const hostile of HOSTILE) {
  const cost = costOf(hostile);
  all.push(cost);
  const { name, bytes, cpuSeconds, megabytes, code } = cost;
  if (!json)
    console.log(`| ${name} | ${bytes} | ${cpuSeconds.toFixed(1)} | ${megabytes.toFixed(0)} | ${code} |`);
}
if (json) console.log(JSON.stringify(all));
const wrong = all.filter(
  ({ code, stderr, left, cpuSeconds, megabytes }) =>
    !(cpuSeconds <= MOST_SECONDS && megabytes <= MOST_MEGABYTES && code > 0 && /^[^\n]+\n$/.test(stderr)) ||
    left.length > 0,
);
for (const { name, code, stderr } of wrong)
  console.error(`hostile: ${name}: code ${code}, ${stderr.split('\n')[0]}`);
process.exit(wrong.length === 0 ? 0 : 2);
