/** Pixels of a canvas as a network takes them. */
import type { ModelInfo } from './info.ts';

/** What `context.getImageData()` returns: u8 [height][width][red, green, blue, alpha]. */
export interface Canvas {
  width: number;
  height: number;
  data: Uint8ClampedArray | Uint8Array;
}

/**
 * u8 [height][width][channel] for `classify`: red, green and blue, or one grey value as Pillow and torchvision make it.
 * @param input `network.info.input`
 * @throws RangeError for a canvas of another size, transparent pixels, or a network that takes neither grey nor colour
 */
export function pixelsOf(canvas: Canvas, { channels, height, width }: ModelInfo['input']): Uint8Array {
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`the network takes ${channels} channels; a canvas gives 1 or 3`);
  if (canvas.height !== height || canvas.width !== width)
    throw new RangeError(
      `canvas of ${canvas.height}x${canvas.width} pixels, the network takes ${height}x${width}; draw at that size`,
    );
  const { data } = canvas;
  if (data.length !== 4 * height * width)
    throw new RangeError(
      `${data.length} values for ${height}x${width} pixels; give RGBA, four bytes per pixel`,
    );
  const pixels = new Uint8Array(height * width * channels);
  for (let p = 0; p < height * width; p++) {
    const [r, g, b, alpha] = data.subarray(4 * p, 4 * p + 4) as unknown as [number, number, number, number];
    // What would show through is not known here, and black is seldom right.
    if (alpha !== 255)
      throw new RangeError(`pixel ${p} of the canvas is transparent; fill it with a colour before drawing`);
    if (channels === 1) pixels[p] = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
    else pixels.set([r, g, b], 3 * p);
  }
  return pixels;
}
