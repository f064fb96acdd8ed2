/** `npm run figures`: every number that README and docs quote, on the full test set. */
import { mnistTest } from '../tools/data/idx.ts';
import type { Row } from '../tools/eval/curves.ts';
import { annRows } from '../tools/eval/float-rows.ts';
import { evaluate } from '../tools/eval/recorded.ts';
import { rowsTable } from '../tools/eval/rows-table.ts';
import { MODELS, shippedFile, shippedModel } from '../tools/file/shipped.ts';
import { wholeNumber } from '../tools/terminal/options.ts';
import { runProgram } from '../tools/terminal/program.ts';
import { progressBar } from '../tools/terminal/progress.ts';
import { type BoundFigures, checkBounds } from './promise/splits.ts';

const GOAL = { loss: 0.003, confidence: 0.95 };
const SPLITS = 40;

await runProgram('figures', (program) => {
  program
    .description('all figures of the shipped networks on the MNIST test set')
    .option('--limit <n>', 'use at most this many images', wholeNumber(100), 10000)
    .option('--json', 'print one JSON object')
    .action(async (flags: { limit: number; json?: boolean }) => {
      const data = await mnistTest(flags.limit);
      const bar = progressBar();
      const [annEarly, ann] = (await annRows(
        await shippedFile('mnist.onnx'),
        'mnist.onnx',
        data,
        bar.update,
      )) as [Row, Row];
      const bursts = await evaluate(await shippedModel(MODELS.default), data, bar.update);
      const single = await evaluate(await shippedModel(MODELS.single), data, bar.update);
      const grid = await evaluate(await shippedModel(MODELS.grid), data, bar.update);
      bar.stop();
      const units = (model: typeof bursts): number[] => model.model.meta.units ?? [];
      // Each split is certified for the test half it is then measured on.
      const goal = { ...GOAL, images: data.count - Math.floor(data.count / 2) };
      const figures = {
        images: data.count,
        ann,
        ann_early: annEarly,
        early: bursts.early,
        final: bursts.final,
        // The paper's fusion, on the paper's kind of network; that of the membranes is in `bursts`.
        fused: grid.fused,
        stopped: bursts.stopped,
        bursts: { early: bursts.early, final: bursts.final, fused: bursts.fused, stopped: bursts.stopped },
        single: { early: single.early, final: single.final, fused: single.fused, stopped: single.stopped },
        bound: {
          bursts: checkBounds(bursts, units(bursts), [goal], SPLITS)[0] as BoundFigures,
          single: checkBounds(single, units(single), [goal], SPLITS)[0] as BoundFigures,
        },
      };
      if (flags.json) console.log(JSON.stringify(figures, null, 2));
      else print(figures);
    });
});

function print(f: {
  images: number;
  ann: Row;
  fused: Row;
  bursts: { early: Row; final: Row; fused: Row; stopped: Row };
  single: { early: Row; final: Row; fused: Row; stopped: Row };
  bound: Record<string, BoundFigures>;
}): void {
  const group = (name: string, r: { early: Row; final: Row; fused: Row; stopped: Row }): [string, Row][] => [
    [`${name}: intermediate exit only`, r.early],
    [`${name}: final exit only`, r.final],
    [`${name}: fused`, r.fused],
    [`${name}: stopping per image`, r.stopped],
  ];
  console.log(`${f.images} MNIST test images\n`);
  console.log(
    rowsTable([
      ['float ANN', f.ann],
      ['the paper’s fusion, single spikes', f.fused],
      ...group('bursts', f.bursts),
      ...group('single spikes', f.single),
    ]),
  );
  for (const [name, b] of Object.entries(f.bound)) {
    const goal = `at most ${(100 * b.loss).toFixed(1)} points lost at ${100 * b.confidence} % confidence`;
    const kept =
      b.certified === 0
        ? `too few images to certify it in any of ${b.splits} random splits, so nothing stopped`
        : `certified in ${b.certified} of ${b.splits} random splits and held in ${b.held} of these, ` +
          `mean ${b.mean_loss_points.toFixed(3)}, worst ${b.worst_loss_points.toFixed(3)} points, ${b.mean_steps.toFixed(3)} steps`;
    console.log(`\nstop table of ${name}: ${goal}; ${kept}`);
  }
}
