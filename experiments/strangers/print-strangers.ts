/** `npm run strangers`: networks that nobody here trained, through the commands that a stranger types. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import { type Dataset, slice } from '../../tools/data/dataset.ts';
import { idxOf, labelsIdxOf, mnist } from '../../tools/data/idx.ts';
import { Failure } from '../../tools/terminal/failure.ts';
import { wholeNumber } from '../../tools/terminal/options.ts';
import { runProgram } from '../../tools/terminal/program.ts';
import { progressBar } from '../../tools/terminal/progress.ts';
import { table } from '../../tools/terminal/table.ts';
import { Graph } from './graph.ts';
import { STRANGERS, type Stranger } from './networks.ts';
import { trainClassifiers } from './readout.ts';

const SNN = fileURLToPath(new URL('../../tools/cli.js', import.meta.url));
const TRAINED_ON = 3000;
/** Images whose work is measured. */
const MEASURED = 100;

/** Beside the files, for those that take other pixels: { "name.onnx": ["--mean", "0.5", …] }. */
const OPTIONS = 'options.json';

/** What the whole has to show. */
const MOST_MEDIAN = 0.3;
const MOST_UNWARNED = 1;

interface Row {
  network: string;
  /** The refusal's line. */
  refused?: string;
  ann?: number;
  folded?: number;
  integers?: number;
  steps?: number;
  warned?: boolean;
  sopsPerMac?: number;
  seconds: number;
}

interface Flags {
  folder?: string;
  images?: string;
  labels?: string;
  limit: number;
  only?: string;
  json?: boolean;
}

await runProgram('strangers', (program) => {
  program
    .description('convert networks that nobody here trained, and print what each lost')
    .option('--folder <path>', 'ONNX files instead of the networks made here')
    .option('--images <path>', 'of the folder’s networks; without them each is only checked')
    .option('--labels <path>', 'their labels, where the images carry none')
    .option('--limit <n>', 'calibration images', wholeNumber(100), 500)
    .option('--only <text>', 'networks with this in their name')
    .option('--json', 'print one JSON object')
    .action(async (flags: Flags) => {
      const rows = flags.folder === undefined ? await generated(flags) : fromFolder(flags.folder, flags);
      console.log(flags.json ? JSON.stringify({ rows, ...summary(rows) }, null, 2) : print(rows));
    });
});

async function generated({ limit, only = '' }: Flags): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'strangers-'));
  const all = await mnist('train');
  const train = slice(all, 0, TRAINED_ON);
  const rest = slice(all, 50_000, limit);
  const [images, labels] = [join(folder, 'images.idx'), join(folder, 'labels.idx')];
  writeFileSync(images, idxOf(rest.images, rest.count, rest.height, rest.width));
  writeFileSync(labels, labelsIdxOf(rest.labels));
  const chosen = STRANGERS.filter((s) => s.name.includes(only));
  const bar = progressBar(process.stderr, 'networks');
  try {
    const rows: Row[] = [];
    for (const stranger of chosen) {
      bar.update('strangers', rows.length, chosen.length);
      const file = join(folder, 'net.onnx');
      writeFileSync(file, await written(stranger, train));
      rows.push(convert(stranger.name, file, ['--images', images, '--labels', labels], folder));
    }
    return rows;
  } finally {
    bar.stop();
    rmSync(folder, { recursive: true });
  }
}

async function written({ input, make, name }: Stranger, train: Dataset): Promise<Uint8Array> {
  const shape: [number, number, number] = input.length === 1 ? [input[0] as number, 1, 1] : [1, 28, 28];
  const graph = new Graph(name.length, input, shape);
  make(graph);
  // Of grey pictures all layouts are one.
  await trainClassifiers(graph, train, (image) => Float32Array.from(image, (p) => p / 255), input);
  return graph.encode();
}

function fromFolder(folder: string, { images, labels, limit, only = '' }: Flags): Row[] {
  const all = readdirSync(folder);
  const files = all.filter((name) => name.endsWith('.onnx') && name.includes(only));
  if (files.length === 0)
    throw new Failure(EXIT_USAGE, `${folder}: no ONNX files in it; name another folder`);
  const options: Record<string, string[]> = all.includes(OPTIONS)
    ? JSON.parse(readFileSync(join(folder, OPTIONS), 'utf8'))
    : {};
  const temporary = mkdtempSync(join(tmpdir(), 'strangers-'));
  const bar = progressBar(process.stderr, 'networks');
  try {
    return files.map((name, i) => {
      bar.update('strangers', i, files.length);
      const path = join(folder, name);
      const network = basename(name, '.onnx');
      if (images === undefined) return { network, ...refusalOf(['check', path]) };
      const data = [
        '--images',
        images,
        ...(labels === undefined ? [] : ['--labels', labels]),
        ...(options[name] ?? []),
        '--limit',
        `${limit}`,
      ];
      return convert(network, path, data, temporary);
    });
  } finally {
    bar.stop();
    rmSync(temporary, { recursive: true });
  }
}

function refusalOf(args: string[]): Pick<Row, 'refused' | 'seconds'> {
  const { code, stdout, stderr, seconds } = snn(args);
  return code === 0 ? { seconds } : { refused: stdout.split('\n')[0] || stderr, seconds };
}

function convert(network: string, file: string, data: string[], folder: string): Row {
  const out = join(folder, 'net.snn');
  const { code, stdout, stderr, seconds } = snn(['convert', file, '-o', out, ...data, '--json']);
  if (code !== 0) return { network, refused: stderr.replace(`snn: ${file}: `, '').trim(), seconds };
  const stages = new Map<string, Record<string, unknown>>(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { stage: string })
      .map((stage) => [stage.stage, stage]),
  );
  const last = (stage: string): number => (stages.get(stage)?.accuracy as number[]).at(-1) as number;
  const integers = (stages.get('integers')?.accuracy as number[][]).at(-1) as number[];
  const energy = JSON.parse(
    snn(['energy', out, '--data', data[1] as string, '--limit', `${MEASURED}`, '--json']).stdout,
  );
  return {
    network,
    ann: last('ann'),
    folded: last('folded'),
    integers: integers.at(-1) as number,
    steps: integers.length,
    warned: stages.has('warning'),
    sopsPerMac: energy.ways['stopping per image'].sops / energy.dense_macs,
    seconds,
  };
}

function snn(args: string[]): { code: number; stdout: string; stderr: string; seconds: number } {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [SNN, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { code: status ?? 1, stdout, stderr, seconds: (performance.now() - start) / 1000 };
}

function lossOf({ ann = 0, integers = 0 }: Row): number {
  return 100 * (ann - integers);
}

function summary(rows: Row[]): { accepted: number; median_loss: number; unwarned: string[] } {
  const accepted = rows.filter((r) => r.ann !== undefined);
  const losses = accepted.map(lossOf).sort((a, b) => a - b);
  const unwarned = accepted.filter((r) => lossOf(r) > MOST_UNWARNED && !r.warned).map((r) => r.network);
  return {
    accepted: rows.filter((r) => r.refused === undefined).length,
    median_loss: losses[losses.length >> 1] ?? 0,
    unwarned,
  };
}

function print(rows: Row[]): string {
  const percent = (share: number | undefined): string =>
    share === undefined ? '' : `${(100 * share).toFixed(2)} %`;
  const cells = rows.map((r) => [
    r.network,
    percent(r.ann),
    percent(r.folded),
    r.integers === undefined ? '' : `${percent(r.integers)} in ${r.steps}`,
    r.ann === undefined ? '' : `${lossOf(r).toFixed(2)}${r.warned ? ' (warned)' : ''}`,
    r.sopsPerMac === undefined ? '' : r.sopsPerMac.toFixed(3),
    `${r.seconds.toFixed(0)} s`,
  ]);
  const heads = ['ANN', 'folded', 'integers in steps', 'points lost', 'SOPs per MAC', 'time'].map((head) => ({
    head,
  }));
  const refused = rows.filter((r) => r.refused !== undefined).map((r) => `${r.network}: ${r.refused}`);
  const { accepted, median_loss, unwarned } = summary(rows);
  return [
    table(
      [{ head: 'network', align: 'left' }, ...heads],
      cells.filter((_, i) => rows[i]?.refused === undefined),
    ),
    '',
    ...refused,
    '',
    `${rows.length} networks, ${accepted} accepted; median loss ${median_loss.toFixed(2)} points (at most ${MOST_MEDIAN} wanted); above ${MOST_UNWARNED} without a warning: ${unwarned.join(', ') || 'none'}`,
  ].join('\n');
}
