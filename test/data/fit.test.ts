import { expect, test } from 'vitest';
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import { checkFit } from '../../tools/data/fit.ts';
import type { Shape } from '../../tools/network.ts';

const shape = (classes: number): { shape: Shape } => ({ shape: [classes, 1, 1] });
const net = {
  input: [3, 4, 5] as Shape,
  layers: [{ shape: [9, 2, 2] as Shape }, shape(7), shape(7)],
  exits: [1, 2],
};
const data = {
  count: 2,
  height: 4,
  width: 5,
  channels: 3,
  images: new Uint8Array(120),
  labels: Uint8Array.of(0, 6),
};

test('what fits passes, with labels and without', () => {
  const { labels: _, ...images } = data;
  checkFit('images', data, 'net.snn', net, 2);
  checkFit('images', images, 'net.snn', net);
});

test.each([
  ['no images', { ...data, count: 0 }, 'images: no images in it; give others'],
  ['too few', data, 'images: 2 images are too few; give at least 3, better thousands'],
  [
    'another shape',
    { ...data, count: 3, channels: 1 },
    'images: images are 4x5x1, net.snn takes 4x5x3; convert them first',
  ],
  [
    'another label',
    { ...data, count: 3, labels: Uint8Array.of(0, 6, 7) },
    'images: label 7 of image 2 is not one of the 7 classes of net.snn; check the labels',
  ],
])('%s is refused', (_, given, message) => {
  expect(() => checkFit('images', given, 'net.snn', net, 3)).toThrow(
    expect.objectContaining({ code: EXIT_DATA, message }),
  );
});
