/** snn run: classify images in Node, one line each. */
import type { Command } from 'commander';
import { type Answer, load } from '../../host/node.ts';
import { checkFit } from '../data/fit.ts';
import { nothingLeft, readUnlabelled } from '../data/read.ts';
import { readModel } from '../file/read.ts';
import { wholeNumber } from '../terminal/options.ts';
import { printable } from '../terminal/printable.ts';

interface Flags {
  skip: number;
  limit?: number;
  json?: boolean;
}

export function register(program: Command): void {
  program
    .command('run')
    .description('classify images, one line each')
    .argument('<model>', 'a .snn file')
    .argument(
      '<images>',
      'a picture (PNG, JPEG, PGM, PPM) or a folder of them, IDX, CIFAR’s binary files, .npy or .npz',
    )
    .option('--skip <n>', 'leave out the first images', wholeNumber(0), 0)
    .option('--limit <n>', 'use at most this many images', wholeNumber(1))
    .option('--json', 'one JSON object per line, with the keys of wasmtime snn.wasm --json')
    .action(async (file: string, path: string, flags: Flags) => {
      const { bytes, model } = await readModel(file);
      const net = await load(bytes);
      const data = await readUnlabelled(path, model);
      checkFit(path, data, file, model);
      if (flags.skip >= data.count) throw nothingLeft(path, flags.skip);
      const end = Math.min(data.count, flags.skip + (flags.limit ?? data.count));
      const size = data.images.length / data.count;
      const wide = Math.max(8, ...net.info.labels.map((l) => printable(l).length));
      for (let i = flags.skip; i < end; i++) {
        const answer = net.classify(data.images.subarray(i * size, (i + 1) * size));
        console.log(flags.json ? json(i, answer, data.files?.[i]) : text(i, answer, data.files?.[i], wide));
      }
    });
}

/** The keys of assembly/wasi/report.ts in its order, then what only a host with names knows. */
function json(image: number, answer: Answer, file: string | undefined): string {
  const { label, steps, exit, sops } = answer;
  const confidence = Number(answer.confidence.toFixed(4));
  return JSON.stringify({ image, class: answer.class, steps, confidence, exit, sops, label, file });
}

function text(image: number, answer: Answer, file: string | undefined, wide: number): string {
  const percent = (100 * answer.confidence).toFixed(1).padStart(5);
  const steps = String(answer.steps).padStart(4);
  const line = `${String(image).padStart(6)}  ${printable(answer.label).padEnd(wide)}  step ${steps}  exit ${answer.exit}  ${percent} %`;
  return file === undefined ? line : `${line}  ${printable(file)}`;
}
