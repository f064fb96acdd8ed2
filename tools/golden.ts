/** Golden vectors: what the reference says of the shipped models on real test images, one line per image and step. */
import { crc32 } from 'node:zlib';
import { MODELS, mnistTest, shippedModel } from './figures.ts';
import type { Model } from './model.ts';
import { type ReferenceStep, simulate } from './reference/simulate.ts';
import type { Progress } from './show/progress.ts';

/** Images per model; the slow ones show fewer steps and fewer images. */
export const GOLDEN = [
  { file: MODELS.default, images: 500, steps: 4 },
  { file: MODELS.single, images: 100, steps: 6 },
  { file: MODELS.grid, images: 40, steps: 40 },
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

/** One step as the engine's trace tells it: events and their CRC per layer, evidence, class, margin. */
export function goldenLine(model: Model, image: number, step: ReferenceStep): string {
  const layers = model.layers.map((layer, l) => {
    const [channels, height, width] = layer.shape;
    const spikes = step.spikes[l] as Int16Array;
    const fired: number[] = [];
    const counts: number[] = [];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++) {
          const count = spikes[(c * height + y) * width + x] as number;
          if (count === 0) continue;
          fired.push(x * channels + c);
          counts.push(count);
        }
      }
    }
    const counted = layer.burst > 1 || layer.negative !== undefined;
    return eventsCrc(fired, layer.readout === 'spikes' && counted ? counts : undefined);
  });
  const decision = step.decisions.at(-1);
  return JSON.stringify({
    image,
    step: step.step,
    layers,
    evidence: step.evidence,
    class: decision?.class,
    margin: decision?.margin,
  });
}

/** "number of events:CRC of their positions[CRC of their counts]" */
export function eventsCrc(fired: ArrayLike<number>, counts: ArrayLike<number> | undefined): string {
  const hex = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');
  const positions = hex(new Uint8Array(Uint16Array.from(fired).buffer));
  return `${fired.length}:${positions}${counts === undefined ? '' : hex(Uint8Array.from(counts))}`;
}
