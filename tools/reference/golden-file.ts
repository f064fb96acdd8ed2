/** A golden image for a device, with what every layer has to do: the file of host/c/golden.h. */
import type { Model } from '../model.ts';
import { simulate } from './simulate.ts';
import { goldenLine } from './trace.ts';

/** All steps of one image, as the reference computes them. */
export function goldenFile(model: Model, image: Uint8Array): Uint8Array {
  const steps = [...simulate(model, image)].map(
    (step) => (JSON.parse(goldenLine(model, 0, step)) as { layers: string[] }).layers,
  );
  const words = steps.flat().flatMap((layer) => {
    const [events, crc] = layer.split(':') as [string, string];
    return [Number(events), Number.parseInt(crc, 16)];
  });
  const head = new Uint8Array(Uint32Array.of(steps.length, model.layers.length, ...words).buffer);
  return Uint8Array.of(...head, ...image);
}
