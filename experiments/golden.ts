/** Golden vectors: what the reference says of the shipped models on real test images, one line per image and step. */
import { mnistTest } from '../tools/data/idx.ts';
import { MODELS, shippedModel } from '../tools/file/shipped.ts';
import { simulate } from '../tools/reference/simulate.ts';
import { goldenLine } from '../tools/reference/trace.ts';
import type { Progress } from '../tools/terminal/progress.ts';

/** Images per model; the slow ones show fewer steps and fewer images. */
export const GOLDEN = [
  { file: MODELS.default, images: 500, steps: 4 },
  { file: MODELS.single, images: 100, steps: 6 },
  { file: MODELS.grid, images: 40, steps: 40 },
  { file: MODELS.tiny, images: 100, steps: 4 },
] as const;

export async function makeGoldens(progress: Progress): Promise<{ path: string; text: string }[]> {
  const out: { path: string; text: string }[] = [];
  for (const { file, images, steps } of GOLDEN) {
    const { model } = await shippedModel(file);
    const data = await mnistTest(images);
    const size = data.images.length / data.count;
    const lines: string[] = [];
    for (let i = 0; i < data.count; i++) {
      for (const step of simulate(model, data.images.subarray(i * size, (i + 1) * size))) {
        if (step.step > steps) break;
        lines.push(goldenLine(model, i, step));
      }
      progress(`reference ${file}`, i + 1, data.count);
    }
    out.push({ path: `test/golden/${file.replace('.snn', '.jsonl')}`, text: `${lines.join('\n')}\n` });
  }
  return out;
}
