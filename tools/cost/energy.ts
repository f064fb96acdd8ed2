/** Energy of an inference by the usual 45 nm figures (Horowitz, ISSCC 2014): adds for spikes, products for the rest. */
import type { Model } from '../model.ts';
import { type Ann, IMAGE, type Shape } from '../network.ts';

/** One synaptic operation is one 32-bit float add in the literature's accounting, pJ. */
export const PJ_PER_SOP = 0.9;
/** One multiply-accumulate, pJ. */
const PJ_PER_MAC = 4.6;

export const PJ_IN_WORDS = `${PJ_PER_SOP} pJ per SOP, ${PJ_PER_MAC} pJ per MAC`;

/** Products that the image's layer needs, once per image. */
export function imageMacs(model: Model): number {
  return model.layers.reduce((sum, layer) => {
    const fromImage = layer.projections.some((s) => s.source === IMAGE);
    return fromImage
      ? sum + layer.shape[1] * layer.shape[2] * (layer.projections[0]?.weights.length as number)
      : sum;
  }, 0);
}

/** Dense products of the whole network as an ANN; padding counts like any input, as in the usual tables. */
export function denseMacs(network: Pick<Ann, 'input' | 'layers'> | Model): number {
  let sum = 0;
  for (const layer of network.layers) {
    const [, height, width]: Shape = layer.shape;
    for (const s of layer.projections) {
      if (s.kind === 'pool' || s.kind === 'average' || s.kind === 'max') continue;
      // Behind a global average pool the dense layer runs once.
      sum += s.kind === 'pooled' ? s.weights.length : s.weights.length * height * width;
    }
  }
  return sum;
}

export function energyPj(sops: number, macs: number): number {
  return sops * PJ_PER_SOP + macs * PJ_PER_MAC;
}
