/** Trains the classifiers of a network with random weights by ridge regression: networks that know their images, in seconds. */
import * as ort from 'onnxruntime-web';
import type { Dataset } from '../../tools/data/dataset.ts';
import type { Graph } from './graph.ts';

const RIDGE = 1e-2;
const BATCH = 100;
const CLASSES = 10;

/** `pixels` makes what the file takes of an image's bytes. */
export async function trainClassifiers(
  graph: Graph,
  data: Dataset,
  pixels: (image: Uint8Array) => Float32Array,
  dims: number[],
): Promise<void> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(graph.encode(graph.features), { logSeverityLevel: 3 });
  const size = data.images.length / data.count;
  const rows = graph.features.map(() => [] as Float32Array[]);
  for (let first = 0; first + BATCH <= data.count; first += BATCH) {
    const some = Array.from({ length: BATCH }, (_, i) =>
      pixels(data.images.subarray((first + i) * size, (first + i + 1) * size)),
    );
    const input = new Float32Array(BATCH * (some[0] as Float32Array).length);
    some.forEach((p, i) => {
      input.set(p, i * p.length);
    });
    const found = await session.run({ image: new ort.Tensor('float32', input, [BATCH, ...dims]) });
    graph.features.forEach((name, f) => {
      const values = (found[name] as ort.Tensor).data as Float32Array;
      const per = values.length / BATCH;
      for (let i = 0; i < BATCH; i++) rows[f]?.push(values.slice(i * per, (i + 1) * per));
    });
  }
  await session.release();
  rows.forEach((features, f) => {
    const { weights, bias } = ridge(features, data.labels);
    graph.train(f, weights, bias);
  });
}

/** Least squares on targets of ±1, with a penalty on the weights. */
function ridge(rows: Float32Array[], labels: Uint8Array): { weights: Float32Array; bias: Float32Array } {
  const n = (rows[0]?.length ?? 0) + 1;
  const gram = new Float64Array(n * n);
  const right = new Float64Array(n * CLASSES);
  for (const [i, row] of rows.entries()) {
    const x = Float64Array.from({ length: n }, (_, k) => (k === n - 1 ? 1 : (row[k] as number)));
    for (let a = 0; a < n; a++) {
      const value = x[a] as number;
      if (value === 0) continue;
      for (let b = 0; b <= a; b++) gram[a * n + b] = (gram[a * n + b] as number) + value * (x[b] as number);
      for (let k = 0; k < CLASSES; k++)
        right[a * CLASSES + k] = (right[a * CLASSES + k] as number) + value * (labels[i] === k ? 1 : -1);
    }
  }
  const trace = Array.from({ length: n }, (_, a) => gram[a * n + a] as number).reduce((a, b) => a + b, 0);
  for (let a = 0; a < n; a++) gram[a * n + a] = (gram[a * n + a] as number) + (RIDGE * trace) / n;
  const solution = solve(gram, right, n);
  const weights = Float32Array.from({ length: CLASSES * (n - 1) }, (_, i) => {
    return solution[(i % (n - 1)) * CLASSES + Math.floor(i / (n - 1))] as number;
  });
  return {
    weights,
    bias: Float32Array.from({ length: CLASSES }, (_, k) => solution[(n - 1) * CLASSES + k] as number),
  };
}

/** Cholesky: `gram` is the lower triangle of a symmetric positive matrix. */
function solve(gram: Float64Array, right: Float64Array, n: number): Float64Array {
  const l = gram.slice();
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = l[a * n + b] as number;
      for (let k = 0; k < b; k++) sum -= (l[a * n + k] as number) * (l[b * n + k] as number);
      l[a * n + b] = a === b ? Math.sqrt(sum) : sum / (l[b * n + b] as number);
    }
  }
  const x = right.slice();
  const step = (a: number, from: number, to: number, of: (k: number) => number): void => {
    for (let c = 0; c < CLASSES; c++) {
      let sum = x[a * CLASSES + c] as number;
      for (let k = from; k < to; k++) sum -= of(k) * (x[k * CLASSES + c] as number);
      x[a * CLASSES + c] = sum / (l[a * n + a] as number);
    }
  };
  for (let a = 0; a < n; a++) step(a, 0, a, (k) => l[a * n + k] as number);
  for (let a = n - 1; a >= 0; a--) step(a, a + 1, n, (k) => l[k * n + a] as number);
  return x;
}
