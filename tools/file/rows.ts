/** Rows of weights as they stand in the file, and back; assembly/shared/format.ts draws one. */
import * as F from '../../assembly/shared/format.ts';
import type { IntegerProjection } from '../model.ts';
import { IMAGE } from '../network.ts';

/** Weights in one row: from a source channel to the channels of its group. */
function rowWeights({ groups }: Pick<IntegerProjection, 'groups'>, channels: number): number {
  return channels / groups;
}

type RowFormat = Pick<IntegerProjection, 'bits' | 'groups'>;

/** Bytes of a row of weights to a layer of `channels`. */
export function rowBytes(projection: RowFormat, channels: number): number {
  const width = rowWeights(projection, channels);
  return isBlocked(projection)
    ? Math.ceil(width / F.ROW_BLOCK) * F.ROW_BLOCK
    : Math.ceil((width * projection.bits) / 8);
}

/** Rows that end on whole blocks. */
function isBlocked({ bits, groups }: RowFormat): boolean {
  return bits === 8 && groups === 1;
}

/** Place of channel `c` in such a row; those of the image keep their order. */
function placeInRow(c: number, { source }: Pick<IntegerProjection, 'source'>): number {
  const half = F.ROW_BLOCK / 2;
  const at = c % F.ROW_BLOCK;
  return source === IMAGE ? c : c - at + (at % half) * 2 + Math.floor(at / half);
}

/** Bytes that the weights of a projection take in the file. */
export function weightBytes(projection: IntegerProjection, channels: number): number {
  return (projection.weights.length / rowWeights(projection, channels)) * rowBytes(projection, channels);
}

/** Rows of weights, unsigned, low bits first, every row on whole bytes. */
export function packRows(projection: IntegerProjection, channels: number): Uint8Array {
  const { bits, source, weights } = projection;
  if (source === IMAGE && !isBlocked(projection))
    throw new TypeError('the image has rows of 8 bits, no groups');
  const zero = 2 ** (bits - 1);
  const width = rowWeights(projection, channels);
  const size = rowBytes(projection, channels);
  const out = new Uint8Array(weightBytes(projection, channels));
  if (isBlocked(projection)) {
    out.fill(zero);
    weights.forEach((w, i) => {
      out[Math.floor(i / width) * size + placeInRow(i % width, projection)] = w + zero;
    });
    return out;
  }
  weights.forEach((w, i) => {
    const bit = (i % width) * bits;
    const at = Math.floor(i / width) * size + (bit >> 3);
    const word = (w + zero) << (bit & 7);
    out[at] = (out[at] as number) | (word & 255);
    if (word > 255) out[at + 1] = (out[at + 1] as number) | (word >> 8);
  });
  return out;
}

/** The inverse of packRows. */
export function unpackRows(
  packed: Uint8Array,
  rows: number,
  channels: number,
  format: Pick<IntegerProjection, 'source' | 'groups' | 'bits'>,
): Int8Array {
  const { bits } = format;
  const zero = 2 ** (bits - 1);
  const blocked = isBlocked(format);
  const width = rowWeights(format, channels);
  const size = rowBytes(format, channels);
  const weights = new Int8Array(rows * width);
  for (let i = 0, row = 0; row < rows * size; row += size) {
    for (let c = 0; c < width; c++, i++) {
      if (blocked) {
        weights[i] = (packed[row + placeInRow(c, format)] as number) - zero;
        continue;
      }
      const at = row + ((c * bits) >> 3);
      const word = (packed[at] as number) | ((packed[at + 1] ?? 0) << 8);
      weights[i] = ((word >> ((c * bits) & 7)) & (2 * zero - 1)) - zero;
    }
  }
  return weights;
}
