/** snn demo, what `npm start` runs: the shipped networks on the real MNIST test set. */
import { mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { load } from '../../host/node.ts';
import { PJ_PER_SOP } from '../cost/energy.ts';
import type { Dataset } from '../data/dataset.ts';
import { mnistTest } from '../data/idx.ts';
import type { Row } from '../eval/curves.ts';
import type { Evaluated } from '../eval/recorded.ts';
import { rowsTable } from '../eval/rows-table.ts';
import { MODELS, shippedFile, shippedModel } from '../file/shipped.ts';
import type { Series } from '../terminal/chart.ts';
import { drawRow, type Picture } from '../terminal/digit.ts';
import { wholeNumber } from '../terminal/options.ts';
import { progressBar } from '../terminal/progress.ts';
import { writeWhole } from '../terminal/write.ts';

/** The paper's way needs dozens of steps per image, so the demo shows it on fewer. */
const PAPER_IMAGES = 500;
const PICTURES = 4;

export function register(program: Command): void {
  program
    .command('demo')
    .description('classify the MNIST test set with the shipped networks')
    .option('--limit <n>', 'use at most this many images', wholeNumber(1), 10000)
    .option('--svg <file>', 'where to put the chart', 'build/accuracy-over-energy.svg')
    .option('--json', 'print one JSON object')
    .action(async (flags: { limit: number; svg: string; json?: boolean }) => {
      const data = await mnistTest(flags.limit);
      const bar = progressBar();
      const [model, single, paper] = await Promise.all([
        shippedModel(MODELS.default),
        shippedModel(MODELS.single),
        shippedModel(MODELS.grid),
      ]);
      const { evaluate } = await import('../eval/recorded.ts');
      const { annRows } = await import('../eval/float-rows.ts');
      const bursts = await evaluate(model, data, bar.update);
      const spikes = await evaluate(single, data, bar.update);
      const paperData = await mnistTest(Math.min(flags.limit, PAPER_IMAGES));
      const papers = await evaluate(paper, paperData, bar.update);
      const ann = (await annRows(await shippedFile('mnist.onnx'), 'mnist.onnx', data, bar.update)).at(
        -1,
      ) as Row;
      bar.stop();
      const rows: [string, Row][] = [
        ['float ANN (ONNX Runtime)', ann],
        ['intermediate exit only', bursts.early],
        ['final exit only', bursts.final],
        [`fused (paper, single spikes, ${paperData.count} images)`, papers.fused],
        ['fused, stopping per image, single spikes', spikes.stopped],
        ['fused, stopping per image, bursts', bursts.stopped],
      ];
      const { svg } = flags;
      await mkdir(dirname(svg), { recursive: true });
      await writeWhole(svg, await chart(bursts, spikes, papers, ann));
      if (flags.json) {
        console.log(JSON.stringify({ images: data.count, rows: Object.fromEntries(rows), svg }));
        return;
      }
      await drawDigits(model.bytes, data, bursts);
      console.log(
        `\n${data.count} test images, ${cpus().length} cores; fixed rows read at the fewest steps within 0.1 point of their best:\n`,
      );
      console.log(rowsTable(rows));
      console.log(`\naccuracy over energy: ${svg}`);
    });
}

/** The first digits of the test set, and one that the network gets wrong. */
async function drawDigits(model: Uint8Array, data: Dataset, evaluated: Evaluated): Promise<void> {
  const net = await load(model);
  const size = data.width * data.height;
  const picture = (i: number): Picture & { right: boolean } => {
    const pixels = data.images.subarray(i * size, (i + 1) * size);
    const answer = net.classify(pixels);
    const right = answer.class === data.labels[i];
    const verdict = right ? `answer ${answer.label}` : `answer ${answer.label}, is ${data.labels[i]}`;
    const depth = answer.exit === evaluated.model.exits.length - 1 ? 'final exit' : 'early exit';
    return {
      width: data.width,
      height: data.height,
      pixels,
      right,
      caption: [verdict, `step ${answer.steps}, ${depth}`, `${(100 * answer.confidence).toFixed(1)} % sure`],
    };
  };
  const shown = Array.from({ length: Math.min(PICTURES, data.count) }, (_, i) => picture(i));
  for (let i = PICTURES; i < data.count && shown.length === PICTURES; i++) {
    const one = picture(i);
    if (!one.right) shown[PICTURES - 1] = one;
    if (!one.right) break;
  }
  console.log(drawRow(shown, process.stdout.isTTY === true && process.stdout.hasColors(256)));
}

async function chart(bursts: Evaluated, spikes: Evaluated, papers: Evaluated, ann: Row): Promise<string> {
  const { accuracyOverEnergy } = await import('../terminal/chart.ts');
  const point = (name: string, r: Row): Series => ({
    name,
    style: 'point',
    points: [[micro(r.energy_pj), 100 * r.accuracy]],
  });
  const curve = (name: string, e: Evaluated, which: 'early' | 'final' | 'fused'): Series => {
    const { accuracy, sops } = e.curves[which];
    // Energy of the image's layer is the same in every step: take it from the row that has it.
    const fixed = e.final.energy_pj - e.final.sops * PJ_PER_SOP;
    return {
      name,
      style: 'line',
      points: accuracy.map((a, s) => [micro((sops[s] as number) * PJ_PER_SOP + fixed), 100 * a]),
    };
  };
  return accuracyOverEnergy({
    title: 'MNIST: accuracy over energy per image',
    subtitle: 'integer spiking networks of 70,665 parameters, every point one more time step',
    floor: 80,
    series: [
      curve('paper: final exit', papers, 'final'),
      curve('paper: fused', papers, 'fused'),
      curve('single spikes, fused', spikes, 'fused'),
      curve('bursts, fused', bursts, 'fused'),
      point('single spikes, stopping', spikes.stopped),
      point('bursts, stopping', bursts.stopped),
      point('float ANN', ann),
    ],
  });
}

function micro(pj: number): number {
  return Number((pj / 1e6).toFixed(4));
}
