/** Networks of dense layers with a flat input take pictures, colours channel by channel. */
import { expect, test } from 'vitest';
import { floatPixels } from '../../tools/convert/calibration.ts';
import { withPictures } from '../../tools/convert/flat-input.ts';
import { openOnnx } from '../../tools/import/onnx/open.ts';
import { forward } from '../../tools/reference/float.ts';
import { encode } from '../import/onnx/encode.ts';
import { node, randomTensor } from '../import/onnx/models.ts';
import { Random } from '../models/random.ts';

const SHAPE: [number, number, number] = [3, 4, 5];
const PIXELS = { normalization: { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] }, order: 'rgb' as const };
const bytes = encode({
  nodes: [
    node('Gemm', ['image', 'w', 'b'], 'hidden', { transB: 1 }),
    node('Relu', ['hidden'], 'h'),
    node('Gemm', ['h', 'v'], 'final', { transB: 1 }),
  ],
  constants: { w: randomTensor([7, 60], 1), b: randomTensor([7], 2), v: randomTensor([3, 7], 3) },
  outputs: ['final'],
  input: [0, 60],
});

test('as ONNX Runtime computes it from channel by channel', async () => {
  const source = openOnnx(bytes, 'mlp.onnx');
  const network = withPictures(source.network, SHAPE);
  expect(network.input).toEqual(SHAPE);
  const images = new Random(4).bytes(60);
  const ann = await source.openFloat();
  const pixels = floatPixels(network, { images, labels: new Uint8Array(1), count: 1 }, 0, 1, PIXELS);
  const { exits } = await ann.run(pixels, 1);
  await ann.close();
  const mine = forward(network, images, PIXELS.normalization).at(-1) as Float64Array;
  mine.forEach((v, k) => {
    expect(v).toBeCloseTo(exits[0]?.[k] as number, 4);
  });
});

test('pictures of other sizes, and networks with an image of their own, change nothing', () => {
  const { network } = openOnnx(bytes, 'mlp.onnx');
  expect(withPictures(network, [3, 4, 4])).toBe(network);
  expect(withPictures({ ...network, input: [3, 20, 1] }, SHAPE).input).toEqual([3, 20, 1]);
});
