/** What the float network itself is worth, as rows beside those of its spiking network. */
import { denseMacs, energyPj } from '../cost/energy.ts';
import type { Dataset } from '../data/dataset.ts';
import { argmax } from '../run/traces.ts';
import type { Progress } from '../terminal/progress.ts';
import type { Row } from './curves.ts';

/** Float ANN by ONNX Runtime, of pixels of 0..1: accuracy of its exits; steps and SOPs have no meaning and are zero. */
export async function annRows(
  onnx: Uint8Array,
  file: string,
  data: Dataset,
  progress: Progress,
): Promise<Row[]> {
  const { openOnnx } = await import('../import/onnx/open.ts');
  const { network, openFloat } = openOnnx(onnx, file);
  const ann = await openFloat();
  const classes = network.layers[network.exits[0] as number]?.shape[0] as number;
  const right = network.exits.map(() => 0);
  const size = data.images.length / data.count;
  for (let first = 0; first < data.count; first += 100) {
    const count = Math.min(100, data.count - first);
    const pixels = Float32Array.from(
      data.images.subarray(first * size, (first + count) * size),
      (p) => p / 255,
    );
    const { exits } = await ann.run(pixels, count);
    exits.forEach((logits, e) => {
      for (let i = 0; i < count; i++) {
        const answer = argmax(logits.subarray(i * classes, (i + 1) * classes));
        if (answer === data.labels[first + i]) right[e] = (right[e] as number) + 1;
      }
    });
    progress('float ANN', first + count, data.count);
  }
  await ann.close();
  const energy = energyPj(0, denseMacs(network));
  return right.map((r) => ({ accuracy: r / data.count, steps: 0, sops: 0, energy_pj: energy }));
}
