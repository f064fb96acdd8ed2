/** Whether images are what a network takes, and labels what it can answer: the one check of all commands. */
import { EXIT_DATA } from '../../assembly/shared/status.ts';
import type { Shape } from '../network.ts';
import { Failure } from '../terminal/failure.ts';
import type { Dataset } from './dataset.ts';
import type { Wanted } from './folder.ts';

/** What a float network and a model have in common. */
export interface Fitted {
  input: Shape;
  layers: { shape: Shape }[];
  exits: number[];
}

/** How many classes a network tells apart. */
export function classesOf({ layers, exits }: Fitted): number {
  return layers[exits[0] as number]?.shape[0] as number;
}

/** What to read for it; a model knows the names of its classes. */
export function wantedBy(network: Fitted & { meta?: { labels: string[] } }): Wanted {
  return { input: network.input, outputs: classesOf(network), classes: network.meta?.labels };
}

/**
 * `path` and `file` name the images and the network in messages; `least` images are needed.
 * @throws Failure where anything does not fit.
 */
export function checkFit(
  path: string,
  data: Omit<Dataset, 'labels'> & { labels?: Uint8Array },
  file: string,
  network: Fitted,
  least = 1,
): void {
  const refuse = (what: string): never => {
    throw new Failure(EXIT_DATA, `${path}: ${what}`);
  };
  if (data.count === 0) refuse('no images in it; give others');
  if (data.count < least)
    refuse(`${data.count} images are too few; give at least ${least}, better thousands`);
  const { input } = network;
  if (!takes(input, data)) {
    const [c, h, w] = input;
    const shape = `${data.height}x${data.width}x${data.channels}`;
    refuse(`images are ${shape}, ${file} takes ${h}x${w}x${c}; ${remedy(input, data)}`);
  }
  if (data.labels === undefined) return;
  const classes = classesOf(network);
  const names = data.classes?.length ?? classes;
  if (names !== classes)
    refuse(
      `${names} classes (${data.classes?.join(', ')}), ${file} has ${classes}; give one folder for each, or --classes to snn convert`,
    );
  const wrong = data.labels.findIndex((label) => label >= classes);
  if (wrong < 0) return;
  const label = `label ${data.labels[wrong]} of image ${wrong}`;
  refuse(`${label} is not one of the ${classes} classes of ${file}; check the labels`);
}

type Size = Pick<Dataset, 'height' | 'width' | 'channels'>;

/** A flat input takes grey pictures of as many pixels; their order is the same. */
function takes([c, h, w]: Shape, { height, width, channels }: Size): boolean {
  const isFlat = h * w === 1 && channels === 1 && height * width === c;
  return isFlat || (height === h && width === w && channels === c);
}

function remedy([c, h, w]: Shape, { height, width, channels }: Size): string {
  const isColours = (n: number): boolean => n === 1 || n === 3;
  if (height === c && width === h && channels === w && !isColours(channels))
    return 'the images have their channels first; save them as [N, height, width, channels]';
  if (c === height && h === width)
    return 'its input looks like [N, height, width, channels] (Keras); export it channels first, [N, channels, height, width]';
  if (height === w && width === h) return 'height and width are exchanged; turn the images, or train again';
  return 'convert them first';
}
