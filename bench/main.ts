/** `npm run bench`: the engine beside everyone else, in one run. Writes docs/performance.json and docs/PERFORMANCE.md. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command } from 'commander';
import { progressBar } from '../tools/terminal/progress.ts';
import { batchOverThreads } from './batch.ts';
import { chunks } from './chunks.ts';
import { compare } from './compare.ts';
import type { Contestant } from './contestant.ts';
import { curve, priceOfBursts } from './curve.ts';
import { engine, wasmtime } from './engine.ts';
import { figures } from './figures.ts';
import { microcontroller } from './microcontroller.ts';
import { onnxWeb } from './onnx-web.ts';
import { gatherInC, peersInPython } from './process.ts';
import { profile } from './profile.ts';
import { markdown, replaceTables, terminal } from './report.ts';
import type { Performance, TrialResult } from './result.ts';
import { roofline } from './roofline.ts';
import { measure, type Plan } from './rounds.ts';
import { start } from './start.ts';
import { plans, type TrialPlan } from './trials.ts';
import { dense, scatter } from './wasm.ts';

const PAGE = 'docs/PERFORMANCE.md';
const JSON_FILE = 'docs/performance.json';

const program = new Command('npm run bench --')
  .description('times the engine beside its peers, all in turn in one run, one thread each')
  .option(
    '--only <networks>',
    `comma-separated: ${plans()
      .map((p) => p.id)
      .join(', ')}`,
  )
  .option('--rounds <n>', 'of all contestants in turn', Number, 3)
  .option('--quick', 'one short round: a check that everything runs, no times to quote', false)
  .option('--json', 'print the result as JSON', false)
  .option('--no-write', 'leave docs/ as it is; the default with --only and --quick')
  .option('--no-mcu', 'leave out the emulated microcontrollers')
  .parse();
const options = program.opts<{
  only?: string;
  rounds: number;
  quick: boolean;
  json: boolean;
  write: boolean;
  mcu: boolean;
}>();

const chosen = options.only?.split(',');
const unknown = chosen?.find((id) => !plans().some((p) => p.id === id));
if (unknown !== undefined || !(options.rounds >= 1)) {
  const why =
    unknown === undefined ? '--rounds: give a whole number from 1' : `--only ${unknown}: no such network`;
  process.stderr.write(`bench: ${why}; npm run bench -- --help lists them\n`);
  process.exit(2);
}
const plan: Plan = options.quick
  ? { rounds: 1, warm: 8, cold: 2 }
  : { rounds: options.rounds, warm: 64, cold: 12 };
const whole = chosen === undefined && !options.quick;

const bar = progressBar(process.stderr, 'rounds');
const trials: TrialResult[] = [];
for (const p of plans().filter(({ id }) => chosen?.includes(id) ?? true)) trials.push(await run(p));
const result: Performance = {
  date: new Date().toISOString().slice(0, 10),
  machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.versions.node },
  plan,
  trials,
  ...(chosen === undefined
    ? {
        roofline: await staged('roofline', roofline),
        profile: await staged('profile', profile),
        curve: await staged('time over spike rate', () => curve(plan.rounds)),
        bursts: await staged('bursts', () => priceOfBursts(plan.rounds)),
        start: await staged('start', () => start(plan.rounds)),
        batch: await staged('batch', () => batchOverThreads(plan.rounds)),
        chunks: await staged('chunks', chunks),
        microcontroller: options.mcu ? await staged('microcontroller', microcontroller) : [],
      }
    : {}),
};
bar.stop();
const table = figures(result);
process.stdout.write(
  options.json ? `${JSON.stringify({ ...result, figures: table }, null, 2)}\n` : terminal(result, table),
);
if (options.write && whole) {
  writeFileSync(JSON_FILE, `${JSON.stringify({ ...result, figures: table }, null, 2)}\n`);
  replaceTables(PAGE, markdown(result, table));
  process.stderr.write(`bench: wrote ${JSON_FILE} and the tables of ${PAGE}\n`);
}
const wrong = trials.flatMap((t) => t.agreement.filter((a) => !a.ok).map((a) => `${a.id} on ${t.id}`));
if (wrong.length > 0) {
  process.stderr.write(`bench: other answers than the engine's: ${wrong.join(', ')}\n`);
  process.exitCode = 1;
}
async function staged<T>(stage: string, work: () => Promise<T>): Promise<T> {
  bar.update(stage, 0, 1);
  const result = await work();
  bar.update(stage, 1, 1);
  return result;
}

async function run({ id, network, spikes, note, open }: TrialPlan): Promise<TrialResult> {
  const head = { id, network, spikes, note };
  let trial: Awaited<ReturnType<TrialPlan['open']>>;
  try {
    trial = await open();
  } catch (error) {
    return { ...head, missing: (error as Error).message, steps: 0, rows: [], agreement: [] };
  }
  const contestants: Contestant[] = [
    await engine(trial),
    await engine(trial, { simd: false }),
    ...(trial.labels.length > 0 ? [await engine(trial, { stopping: true })] : []),
    wasmtime(trial, 'snn'),
    wasmtime(trial, 'snn-mvp'),
    await scatter(trial),
    await gatherInC(trial),
    await onnxWeb(trial, 'fp32', trial.plan.input),
    await onnxWeb(trial, 'int8', trial.plan.input),
    ...(trial.isAnn ? [await dense(trial)] : []),
    // The libraries have no bursts.
    ...(await peersInPython(trial, (peer) => peer.startsWith('onnx') || !trial.isAnn)),
  ];
  const measured = await measure(contestants, plan, (done) => bar.update(id, done, plan.rounds));
  for (const c of contestants) c.close();
  const right = (classes: number[] | undefined): number | undefined =>
    classes === undefined || trial.labels.length === 0
      ? undefined
      : classes.filter((c, i) => c === trial.labels[i % trial.labels.length]).length / classes.length;
  const accuracy = right(measured[0]?.first?.answers);
  return {
    ...head,
    steps: trial.plan.steps,
    ...(accuracy === undefined ? {} : { accuracy }),
    rows: measured.map((m) => m.row),
    agreement: compare(measured, trial.isAnn),
  };
}
