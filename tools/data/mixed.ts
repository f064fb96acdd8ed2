/** Images that lie class by class: whoever takes the first thousand would have those of one class. */
import type { Dataset } from './dataset.ts';
import { shuffled } from './random.ts';

/** Fewer say nothing about their order. */
const FEW = 50;

/** In a fixed random order, the same as a folder's, where neighbours are of one class far more often than by chance. */
export function mixed(data: Dataset): Dataset {
  if (data.count < FEW || !isSorted(data.labels)) return data;
  const order = shuffled(data.count, 1);
  const size = data.images.length / data.count;
  const images = new Uint8Array(data.images.length);
  order.forEach((from, to) => {
    images.set(data.images.subarray(from * size, (from + 1) * size), to * size);
  });
  return { ...data, images, labels: Uint8Array.from(order, (from) => data.labels[from] as number) };
}

function isSorted(labels: Uint8Array): boolean {
  const counts = new Map<number, number>();
  let changes = 0;
  labels.forEach((label, i) => {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    if (i > 0 && label !== labels[i - 1]) changes++;
  });
  const same = [...counts.values()].reduce((sum, n) => sum + (n / labels.length) ** 2, 0);
  return changes < (labels.length * (1 - same)) / 2;
}
