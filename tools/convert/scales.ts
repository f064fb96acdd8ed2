/** Real weights into integers of 2 to 8 bits, one scale per output channel. */

/** Shares of the largest weight tried as the end of the range: with few bits a clipped outlier costs less than coarse steps. */
const SHRINK = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4];

/**
 * Real value of one integer step per channel. `groups` hold rows [row][channels / groups of the convolution]; a row's
 * weights lie at the end of a whole number of channels, so that channelOf() finds theirs.
 * @param shared one scale for all channels, as classes that are compared with each other need
 */
export function channelScales(
  groups: Rows[],
  channels: number,
  bits: number,
  shared: boolean,
  least: (channel: number) => number,
): Float64Array {
  const most = 2 ** (bits - 1) - 1;
  const peak = new Float64Array(channels);
  for (const rows of groups) {
    rows.values.forEach((w, i) => {
      const c = channelOf(rows, i);
      peak[c] = Math.max(peak[c] as number, Math.abs(w));
    });
  }
  if (shared) peak.fill(Math.max(...peak));
  const shrink = bits === 8 ? undefined : bestShrink(groups, peak, most, shared);
  return peak.map((p, c) => Math.max(((shrink?.[c] ?? 1) * p) / most, least(c)));
}

/** A group's real weights, one row after the other: row r belongs to source channel r mod inputs. */
export interface Rows {
  values: Float64Array;
  /** Source channels. */
  inputs: number;
  /** Groups of the convolution; 1 where every source reaches every channel. */
  groups: number;
  /** Weights per row. */
  fanOut: number;
}

/** Channel that weight `i` leads to. */
export function channelOf({ inputs, groups, fanOut }: Rows, i: number): number {
  if (groups === 1) return i % fanOut;
  const input = Math.floor(i / fanOut) % inputs;
  return Math.floor(input / (inputs / groups)) * fanOut + (i % fanOut);
}

/** Per channel the share with the least squared error. */
function bestShrink(groups: Rows[], peak: Float64Array, most: number, shared: boolean): Float64Array {
  const errors = SHRINK.map((share) => {
    const error = new Float64Array(peak.length);
    for (const rows of groups) {
      rows.values.forEach((w, i) => {
        const c = channelOf(rows, i);
        const scale = Math.max((share * (peak[c] as number)) / most, Number.MIN_VALUE);
        error[c] = (error[c] as number) + (w - clamped(w / scale, most) * scale) ** 2;
      });
    }
    if (shared) error.fill(error.reduce((a, b) => a + b, 0));
    return error;
  });
  return peak.map((_, c) => {
    let best = 0;
    errors.forEach((error, i) => {
      if ((error[c] as number) < (errors[best]?.[c] as number)) best = i;
    });
    return SHRINK[best] as number;
  });
}

export function quantizeWeights(
  rows: Rows,
  scale: Float64Array,
  bits: number,
): { weights: Int8Array; squaredError: number; square: number } {
  const most = 2 ** (bits - 1) - 1;
  let squaredError = 0;
  let square = 0;
  const weights = Int8Array.from(rows.values, (w, i) => {
    const s = scale[channelOf(rows, i)] as number;
    const q = clamped(w / s, most);
    squaredError += (w - q * s) ** 2;
    square += w * w;
    return q;
  });
  return { weights, squaredError, square };
}

function clamped(value: number, most: number): number {
  return Math.max(-most, Math.min(most, Math.round(value)));
}
