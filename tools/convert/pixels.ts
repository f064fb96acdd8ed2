/** The normalization that the first layer sees: that of the training's data loader, then that of the graph itself. */
import { EXIT_MODEL } from '../../assembly/shared/status.ts';
import type { PixelScale } from '../import/source.ts';
import { type Ann, IMAGE, type Normalization } from '../network.ts';
import { Failure } from '../terminal/failure.ts';
import { type ChannelOrder, pixelChannel } from './channels.ts';

/** scale·(pixel − mean)/std + shift as one normalization; both in the order of the pixels, `pixels` in the network's. */
export function withPixelScale(
  { mean, std }: Normalization,
  pixels: PixelScale | undefined,
  order: ChannelOrder,
): Normalization {
  if (pixels === undefined) return { mean, std };
  const of = (values: number[], c: number): number =>
    values[values.length === 1 ? 0 : pixelChannel(order, mean.length, c)] as number;
  const scaled = std.map((s, c) => s / of(pixels.scale, c));
  return { mean: mean.map((m, c) => m - of(pixels.shift, c) * (scaled[c] as number)), std: scaled };
}

/** @throws Failure where zeros around the normalised image are no pixel */
export function checkPadding({ layers }: Ann, { mean }: Normalization, file: string): void {
  const wrong = mean.find((m) => !(m >= -HALF && m <= 1 + HALF));
  if (wrong === undefined) return;
  const padded = layers.find((l) =>
    l.projections.some((s) => s.source === IMAGE && s.kind === 'conv' && s.padding.some((p) => p > 0)),
  );
  if (padded !== undefined)
    throw new Failure(
      EXIT_MODEL,
      `${file}: node "${padded.name}": the zeros of its padding are pixels of ${(255 * wrong).toFixed(1)}, not in 0..255; subtract a mean that is one`,
    );
}

/** Of a grey level: rounded to one. */
const HALF = 0.5 / 255;
