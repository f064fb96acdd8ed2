/** pixelsOf: canvas bytes to the bytes of a network. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pixelsOf } from '../../host/rgba.ts';

const canvas = (height: number, width: number, data: number[]) => ({
  height,
  width,
  data: Uint8ClampedArray.from(data),
});

test('colour keeps red, green and blue, in the order of the rows', () => {
  const data = [1, 2, 3, 255, 4, 5, 6, 255];
  const input = { channels: 3, height: 1, width: 2 };
  expect([...pixelsOf(canvas(1, 2, data), input)]).toEqual([1, 2, 3, 4, 5, 6]);
});

test('grey stays what it is; colours weigh as in Pillow', () => {
  const input = { channels: 1, height: 1, width: 1 };
  const grey = (r: number, g: number, b: number) => pixelsOf(canvas(1, 1, [r, g, b, 255]), input)[0];
  fc.assert(fc.property(fc.integer({ min: 0, max: 255 }), (v) => grey(v, v, v) === v));
  // Image.new('RGB', (1, 1), colour).convert('L') of Pillow 12.
  expect([grey(255, 0, 0), grey(0, 255, 0), grey(0, 0, 255), grey(200, 100, 50)]).toEqual([76, 150, 29, 124]);
});

test.each([
  [{ channels: 1, height: 2, width: 1 }, [0, 0, 0, 255], /canvas of 1x1 pixels, the network takes 2x1/],
  [{ channels: 1, height: 1, width: 1 }, [9, 9, 9, 254], /pixel 0 of the canvas is transparent/],
  [{ channels: 2, height: 1, width: 1 }, [9, 9, 9, 255], /takes 2 channels/],
  [{ channels: 1, height: 1, width: 1 }, [9, 9, 9], /3 values for 1x1 pixels/],
])('a network of %o refuses %o', (input, data, message) => {
  expect(() => pixelsOf(canvas(1, 1, data), input)).toThrow(message);
});
