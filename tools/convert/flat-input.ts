/** Networks of dense layers that take [N, height·width·channels]: as if they flattened the pictures themselves. */
import { type Ann, IMAGE, type Projection, type Shape } from '../network.ts';

/**
 * The network with an input of these pictures, where its own is flat and has as many values: PyTorch flattens channel by
 * channel, as weights of a kernel as large as the picture lie.
 */
export function withPictures(network: Ann, [channels, height, width]: Shape): Ann {
  const [values, h, w] = network.input;
  const isDense = (s: Projection): boolean => s.source !== IMAGE || (s.kind === 'conv' && s.groups === 1);
  const all = network.layers.flatMap((l) => l.projections);
  if (h * w !== 1 || height * width === 1 || values !== channels * height * width || !all.every(isDense))
    return network;
  const layers = network.layers.map((layer) => ({
    ...layer,
    projections: layer.projections.map((s): Projection => {
      return s.source === IMAGE && s.kind === 'conv' ? { ...s, kernel: [height, width] } : s;
    }),
  }));
  return { ...network, input: [channels, height, width], layers };
}
