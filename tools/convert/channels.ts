/** Networks trained on BGR images (OpenCV, Caffe) take RGB bytes afterwards: the first weights change places instead. */
import { EXIT_USAGE } from '../../assembly/shared/status.ts';
import { type Ann, IMAGE, type Normalization, type Projection } from '../network.ts';
import { Failure } from '../terminal/failure.ts';

export type ChannelOrder = 'rgb' | 'bgr';

/** Pixel channel that the network's channel `k` sees. */
export function pixelChannel(order: ChannelOrder, channels: number, k: number): number {
  return order === 'bgr' ? channels - 1 - k : k;
}

/** The network as if it had been trained on channels in the order of the pixels. */
export function inPixelOrder(network: Ann, order: ChannelOrder, file: string): Ann {
  if (order === 'rgb') return network;
  const grouped = network.layers.find((l) => l.projections.some((s) => s.source === IMAGE && !isWhole(s)));
  if (network.input[0] !== 3 || grouped !== undefined)
    throw new Failure(
      EXIT_USAGE,
      `--order bgr: ${file} must read three channels by one convolution; convert without it`,
    );
  const layers = network.layers.map((layer) => ({ ...layer, projections: layer.projections.map(reversed) }));
  return { ...network, layers };
}

function isWhole(s: Projection): boolean {
  return s.kind === 'conv' && s.groups === 1;
}

function reversed(s: Projection): Projection {
  if (s.kind !== 'conv' || s.source !== IMAGE) return s;
  const taps = s.kernel[0] * s.kernel[1];
  const weights = s.weights.map((_, i) => {
    const [tap, input, output] = [i % taps, Math.floor(i / taps) % 3, Math.floor(i / taps / 3)];
    return s.weights[(output * 3 + 2 - input) * taps + tap] as number;
  });
  return { ...s, weights };
}

/** Mean and deviation as given, in the network's order, turned into that of the pixels. */
export function normalizationOfPixels({ mean, std }: Normalization, order: ChannelOrder): Normalization {
  return order === 'bgr' ? { mean: mean.toReversed(), std: std.toReversed() } : { mean, std };
}
