/** Neurons that never fire on the calibration images: they cost memory, and their part of every file and board. */
import { type Ann, isPool } from '../network.ts';
import type { Report } from '../terminal/stages.ts';
import { type Activations, channelValues, neuronValues } from './thresholds.ts';

/** Names channels and layers without any activation, and what they take; says nothing where there are none. */
export function silentStage(network: Ann, activations: Activations, images: number, report: Report): void {
  const found = network.layers.flatMap((layer, i) => {
    if (network.exits.includes(i) || isPool(layer.projections[0])) return [];
    const [channels, height, width] = layer.shape;
    const values = neuronValues(network, i, activations);
    const dead = Array.from({ length: channels }, (_, c) => c).filter((c) =>
      channelValues(values, channels, height * width, c).every((v) => v === 0),
    );
    if (dead.length === 0) return [];
    const weights = layer.projections.reduce((n, s) => n + ('weights' in s ? s.weights.length : 0), 0);
    const share = dead.length / channels;
    const [neurons, bytes] = [share * channels * height * width, Math.round(share * weights)];
    return [{ layer: layer.name, channels: dead, of: channels, neurons, weights: bytes }];
  });
  if (found.length === 0) return;
  const shown = found.map((f) => {
    const which = f.channels.length === f.of ? 'all' : `${f.channels.length} of ${f.of}`;
    return `${f.layer}: ${which} channels (${f.neurons} neurons, ${f.weights} weights)`;
  });
  report({
    stage: 'silent',
    text: `never active on ${images} images: ${shown.join('; ')}; they cost memory, prune them`,
    facts: { images, layers: found },
  });
}
