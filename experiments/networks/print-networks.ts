/** `npm run networks`: the paper's six networks by both exporters, from ONNX to equal bits. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { InvalidArgumentError } from 'commander';
import type { Shape } from '../../tools/network.ts';
import { wholeNumber } from '../../tools/terminal/options.ts';
import { runProgram } from '../../tools/terminal/program.ts';
import { progressBar } from '../../tools/terminal/progress.ts';
import { short, table } from '../../tools/terminal/table.ts';
import type { Measured, MeasureOptions } from './measure.ts';

const NETWORKS = ['vgg11', 'vgg16', 'vgg19', 'resnet18', 'resnet34', 'resnet50'];
const EXPORTERS = ['torchscript', 'dynamo'];

interface Row extends Partial<Measured> {
  network: string;
  exporter: string;
  converted: boolean;
  /** Why it was not converted. */
  error?: string;
}

await runProgram('networks', (program) => {
  program
    .description('convert and run the six networks of the paper at full width, with random weights')
    .option('--only <names>', 'some of them, with commas', names, NETWORKS)
    .option('--input <shape>', 'channels x height x width', shapeOf, [3, 32, 32])
    .option('--classes <n>', 'classes of both exits', wholeNumber(2, 255), 10)
    .option('--steps <n>', 'time steps that are compared', wholeNumber(1, 100), 3)
    .option('--json', 'print one JSON object')
    .action(
      async (flags: { only: string[]; input: Shape; classes: number; steps: number; json?: boolean }) => {
        const bar = progressBar();
        const rows: Row[] = [];
        for (const network of flags.only) {
          for (const exporter of EXPORTERS) {
            bar.update('networks', rows.length, flags.only.length * EXPORTERS.length);
            // The paper's timing and single spikes on one side, bursts on the other.
            const paper = exporter === 'torchscript';
            const timing = paper ? 'pipelined' : 'immediate';
            rows.push(await measureRow(network, exporter, { ...flags, timing, burst: paper ? 1 : 4 }));
          }
        }
        bar.stop();
        console.log(flags.json ? JSON.stringify({ ...flags, rows }, null, 2) : print(rows));
        if (rows.some((r) => !r.converted || r.equal !== true)) process.exitCode = 1;
      },
    );
});

async function measureRow(network: string, exporter: string, options: MeasureOptions): Promise<Row> {
  const { resolve } = createRequire(import.meta.url);
  const program = fileURLToPath(new URL('./measure.js', import.meta.url));
  try {
    const path = resolve(`#models/networks/${network}-${exporter}.onnx`);
    const { stdout } = await promisify(execFile)(process.execPath, [program, path, JSON.stringify(options)]);
    return { network, exporter, converted: true, ...(JSON.parse(stdout) as Measured) };
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const line = (stderr ?? message).split('\n').find((l) => /Error|Failure/.test(l)) ?? message;
    return { network, exporter, converted: false, error: line.trim() };
  }
}

function print(rows: Row[]): string {
  const yes = (is: boolean | undefined): string => (is ? 'yes' : 'no');
  const cells = rows.map((r) => [
    r.network,
    r.exporter,
    r.converted ? 'yes' : `no: ${r.error}`,
    String(r.bytes ?? '–'),
    String(r.ram ?? '–'),
    r.macs === undefined ? '–' : short(r.macs),
    r.converted ? yes(r.equal) : '–',
    r.rate === undefined ? '–' : `${(100 * r.rate).toFixed(1)} %`,
    r.seconds === undefined ? '–' : `${r.seconds.toFixed(1)} s`,
    r.peak_mib === undefined ? '–' : `${r.peak_mib.toFixed(0)} MiB`,
  ]);
  const heads = [
    '.snn bytes',
    'RAM bytes',
    'dense MACs',
    'reference-equal',
    'neurons firing',
    'import + pack',
    'peak memory',
  ];
  return table(
    [
      { head: 'network', align: 'left' },
      { head: 'exporter', align: 'left' },
      { head: 'converted', align: 'left' },
      ...heads.map((head) => ({ head })),
    ],
    cells,
  );
}

function names(text: string): string[] {
  const all = text.split(',');
  const unknown = all.find((n) => !NETWORKS.includes(n));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is none of ${NETWORKS.join(', ')}`);
  return all;
}

function shapeOf(text: string): Shape {
  const dims = text.split('x').map(Number);
  if (dims.length !== 3 || dims.some((d) => !Number.isInteger(d) || d < 1))
    throw new InvalidArgumentError('give channels x height x width, like 3x32x32');
  return dims as Shape;
}
