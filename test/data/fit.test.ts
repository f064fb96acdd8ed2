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
  [
    'one name too many',
    { ...data, count: 3, classes: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] },
    'images: 8 classes (a, b, c, d, e, f, g, h), net.snn has 7; give one folder for each, or --classes to snn convert',
  ],
  [
    'height for width',
    { ...data, count: 3, height: 5, width: 4 },
    'images: images are 5x4x3, net.snn takes 4x5x3; height and width are exchanged; turn the images, or train again',
  ],
  [
    'images with their channels first',
    { ...data, count: 3, height: 3, width: 4, channels: 5 },
    'images: images are 3x4x5, net.snn takes 4x5x3; the images have their channels first; save them as [N, height, width, channels]',
  ],
])('%s is refused', (_, given, message) => {
  expect(() => checkFit('images', given, 'net.snn', net, 3)).toThrow(
    expect.objectContaining({ code: EXIT_DATA, message }),
  );
});

test('a network with its channels last is told so', () => {
  const keras = { ...net, input: [28, 28, 1] as Shape };
  const pictures = { ...data, count: 3, height: 28, width: 28, channels: 1 };
  expect(() => checkFit('images', pictures, 'net.onnx', keras)).toThrow(
    'images are 28x28x1, net.onnx takes 28x1x28; its input looks like [N, height, width, channels] (Keras); export it channels first',
  );
});

test('a flat input takes grey pictures of as many pixels', () => {
  const flat = { ...net, input: [20, 1, 1] as Shape };
  checkFit('images', { ...data, channels: 1 }, 'net.snn', flat);
  expect(() => checkFit('images', data, 'net.snn', { ...net, input: [60, 1, 1] })).toThrow('takes 1x1x60');
});
