/** `npm run figures`: every number that README and docs quote, on the full test set. */
import { mnistTest } from '../tools/data/idx.ts';
import type { Row } from '../tools/eval/curves.ts';
import { annRows } from '../tools/eval/float-rows.ts';
import { evaluate } from '../tools/eval/recorded.ts';
import { rowsTable } from '../tools/eval/rows-table.ts';
import { MODELS, shippedModel } from '../tools/file/shipped.ts';
import { wholeNumber } from '../tools/terminal/options.ts';
import { runProgram } from '../tools/terminal/program.ts';
import { progressBar } from '../tools/terminal/progress.ts';
import { table } from '../tools/terminal/table.ts';
import { type BoundFigures, checkBound } from './bound.ts';
import { type PaperFigures, paperFigures } from './yardstick.ts';

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
      const [annEarly, ann] = (await annRows('mnist.onnx', data, bar.update)) as [Row, Row];
      const bursts = await evaluate(await shippedModel(MODELS.default), data, bar.update);
      const single = await evaluate(await shippedModel(MODELS.single), data, bar.update);
      const grid = await evaluate(await shippedModel(MODELS.grid), data, bar.update);
      const empirical = await evaluate(await shippedModel(MODELS.empirical), data, bar.update);
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
        paper: paperFigures(ann.accuracy, grid, empirical),
        bound: {
          bursts: checkBound(bursts, units(bursts), goal, SPLITS),
          single: checkBound(single, units(single), goal, SPLITS),
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
  paper: PaperFigures;
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
  const { paper } = f;
  const percent = (n: number | undefined): string => (n === undefined ? '–' : `${n.toFixed(1)} %`);
  const reached = (
    name: string,
    r: PaperFigures['grid'],
    saved: PaperFigures['reduction_percent']['grid'],
    area: number,
  ): string[] => [
    name,
    r === null ? 'never' : String(r.step),
    r === null ? '–' : `${(r.sops / 1e6).toFixed(2)} M`,
    percent(saved?.steps),
    percent(saved?.sops),
    area.toFixed(4),
  ];
  console.log(
    `\nthe paper's way (pipelined, single spikes, robust normalization, v0 = 0): 97 % of the ANN's ${(100 * paper.ann).toFixed(2)} %\n`,
  );
  console.log(
    table(
      [
        { head: '', align: 'left' },
        { head: 'step' },
        { head: 'SOPs' },
        { head: 'steps saved' },
        { head: 'SOPs saved' },
        { head: 'area' },
      ],
      [
        reached('final exit alone', paper.final, null, paper.area.final),
        reached('fused, α by grid', paper.grid, paper.reduction_percent.grid, paper.area.grid),
        reached(
          'fused, α by empirical Bayes',
          paper.empirical,
          paper.reduction_percent.empirical,
          paper.area.empirical,
        ),
      ],
    ),
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
