/** Whether an imported network computes what ONNX Runtime makes of its file. */
import { expect } from 'vitest';
import { openOnnx } from '../../../tools/import/onnx/open.ts';
import type { Ann } from '../../../tools/network.ts';
import { activate, forward } from './forward.ts';
import { random } from './models.ts';

const IMAGES = 3;

/**
 * Every layer of the imported network equals its tensor in ONNX Runtime, every exit its output; `flips` is the share
 * of values in a layer that need not.
 */
export async function agree(bytes: Uint8Array, { exits: exitError = 1e-4, flips = 0 } = {}): Promise<Ann> {
  const { network, pixels: scaled, openFloat } = openOnnx(bytes, 'test.onnx');
  const names = [...new Set(network.layers.map((l) => l.tensor))];
  const ann = await openFloat(names);
  const size = network.input.reduce((a, b) => a * b, 1);
  const next = random(7);
  const pixels = Float32Array.from({ length: IMAGES * size }, () => next() / 2 + 0.5);
  const { exits, tensors } = await ann.run(pixels, IMAGES, names);
  await ann.close();
  for (let i = 0; i < IMAGES; i++) {
    const channel = size / network.input[0];
    const seen = pixels.subarray(i * size, (i + 1) * size).map((p, k) => {
      const c = (scaled?.scale.length ?? 1) === 1 ? 0 : Math.floor(k / channel);
      return p * (scaled?.scale[c] ?? 1) + (scaled?.shift[c] ?? 0);
    });
    const layers = forward(network, seen);
    const errors = (layer: number, all: Float32Array | undefined): Float64Array => {
      const mine = layers[layer] as Float64Array;
      const theirs = all?.subarray(i * mine.length, (i + 1) * mine.length) ?? [];
      expect(theirs.length).toBe(mine.length);
      return mine.map((v, k) => Math.abs(v - (theirs[k] as number)));
    };
    network.layers.forEach((l, k) => {
      if (network.exits.includes(k)) return;
      // Where a max pool stands between, the file has the sum only.
      const theirs = tensors.get(l.tensor)?.map((x) => (l.isSum ? activate(l.activation, x) : x));
      const off = errors(k, theirs);
      expect(off.filter((e) => !(e < 1e-4)).length, l.tensor).toBeLessThanOrEqual(flips * off.length);
    });
    network.exits.forEach((e, k) => {
      expect(Math.max(...errors(e, exits[k])), `exit ${k}`).toBeLessThan(exitError);
    });
  }
  return network;
}
